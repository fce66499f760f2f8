package genaiprocessor

import (
	"fmt"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/llmtap/llmtap/extension/genailedgerextension"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/internal/spanottl"
)

// ledger is told what calls cost, and asks what they would.
type ledger interface {
	Use(component.ID, genailedgerextension.Accountant)
	Settle(ticket int64, call *genai.Call, fulfils genailedgerextension.Fulfils) []genai.Alert
	SettleRepeated(ticket int64, call *genai.Call, unnamed func(scope string) bool)
}

// useLedger finds the ledger and gives it the rules.
func (a *accountant) useLedger(host component.Host) error {
	if a.ledgerID == nil {
		return nil
	}
	found, ok := host.GetExtensions()[*a.ledgerID].(ledger)
	if !ok {
		return fmt.Errorf("ledger: %q is no gen_ai_ledger extension; name it under service::extensions", a.ledgerID)
	}
	found.Use(a.id, a)
	a.ledger = found
	return nil
}

// Account names the caller of a call that has not been made yet, and prices what it may use. Its span says what the
// rules decided from the first condition on: most budgets have none.
func (a *accountant) Account(call *genai.Call) genailedgerextension.Fulfils {
	of := &resource{ResourceSpans: ptrace.NewResourceSpans()}
	a.tap.CopyTo(of.Resource())
	scope := of.ScopeSpans().AppendEmpty()
	span := scope.Spans().AppendEmpty()
	genai.PutSpan(call, span)
	from := newOrigin(span, scope, of, a.onFailure)
	from.readNames()
	from.ahead = true
	for _, r := range a.rules {
		r.apply(call, &from)
	}
	return func(condition *spanottl.Condition) bool {
		if !from.decided {
			genai.PutAccounting(call, span)
			from.decided = true
		}
		return from.fulfils(condition)
	}
}

// The event of a span whose call raised an alert, and its attributes.
const (
	eventAlert        = "llmtap.alert"
	attrAlertKind     = "llmtap.alert.kind"
	attrAlertSeverity = "llmtap.alert.severity"
	attrAlertBudget   = "llmtap.alert.budget"
	attrAlertScope    = "llmtap.alert.scope"
	attrAlertKey      = "llmtap.alert.key"
	attrAlertValue    = "llmtap.alert.value"
	attrAlertLimit    = "llmtap.alert.limit"
	attrAlertUnit     = "llmtap.alert.unit"
)

// settle tells the ledger of a call and puts the alerts that it raised on its span.
func (a *accountant) settle(call *genai.Call, from *origin) {
	span := from.span
	span.Attributes().Remove(genai.AttrTicket)
	for _, alert := range a.ledger.Settle(call.Ticket, call, from.fulfils) {
		event := span.Events().AppendEmpty()
		event.SetName(eventAlert)
		event.SetTimestamp(span.EndTimestamp())
		attributes := event.Attributes()
		attributes.PutStr(attrAlertKind, alert.Kind)
		attributes.PutStr(attrAlertSeverity, alert.Severity)
		attributes.PutStr(attrAlertBudget, alert.Budget)
		attributes.PutStr(attrAlertScope, alert.Scope)
		attributes.PutStr(attrAlertKey, alert.Key)
		attributes.PutDouble(attrAlertValue, alert.Value)
		attributes.PutDouble(attrAlertLimit, alert.Limit)
		attributes.PutStr(attrAlertUnit, alert.Unit)
	}
}

// settleRepeated tells the ledger of a call of the tap that another span counts.
func (a *accountant) settleRepeated(call *genai.Call, from *origin) {
	if a.ledger == nil || call.Ticket == 0 {
		return
	}
	from.span.Attributes().Remove(genai.AttrTicket)
	from.ahead = true // its cost is counted already
	a.cost.apply(call, from)
	a.ledger.SettleRepeated(call.Ticket, call, a.duplicates.unnamed(call).in)
}

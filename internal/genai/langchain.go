package genai

import (
	"cmp"
	"encoding/json"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// langChainRun is in the ids that LangChain itself gives to answers.
const langChainRun = "run-"

// langChainAnswer is a message as LangChain writes it. OpenInference has no attributes for its id, its tier and what the cache was given.
type langChainAnswer struct {
	Message struct {
		Kwargs struct {
			ID       string `json:"id"`
			Response struct {
				ID          string `json:"id"`
				Model       string `json:"model_name"`
				Fingerprint string `json:"system_fingerprint"`
				Tier        string `json:"service_tier"`
			} `json:"response_metadata"`
			Usage json.RawMessage `json:"usage_metadata"`
		} `json:"kwargs"`
	} `json:"message"`
}

func (f *foreign) readLangChainAnswer(answer *langChainAnswer) {
	if answer == nil {
		return
	}
	message := &answer.Message.Kwargs
	c, response := &f.call, &message.Response
	c.ResponseModel, c.ServiceTier = cmp.Or(c.ResponseModel, response.Model), cmp.Or(c.ServiceTier, response.Tier)
	c.SystemFingerprint = cmp.Or(c.SystemFingerprint, response.Fingerprint)
	if c.ResponseID = cmp.Or(c.ResponseID, response.ID); c.ResponseID == "" && !strings.Contains(message.ID, langChainRun) {
		c.ResponseID = message.ID
	}
	f.readUsageDetails("", string(message.Usage))
}

// readLangChainMetadata takes the provider from what LangChain tells its callbacks.
func (f *foreign) readLangChainMetadata(v pcommon.Value) {
	var metadata struct {
		Provider string `json:"ls_provider"`
	}
	if strings.Contains(v.Str(), `"ls_provider"`) && readJSON(v.Str(), &metadata) {
		f.langChainProvider, f.spoken = metadata.Provider, true
	}
}

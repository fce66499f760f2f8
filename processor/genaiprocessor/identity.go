package genaiprocessor

import (
	"errors"
	"strings"

	"github.com/llmtap/llmtap/internal/genai"
)

// identityBytesMax bounds a name or id of a caller; a longer one is cut.
const identityBytesMax = 256

// identity decides who made a call. Each of user, team, app, environment and conversation comes from the first place
// in its list that has it.
type identity struct {
	keys                                       *keyMap
	user, team, app, environment, conversation []source
	labels                                     map[string][]source
	// onCut is called for every value that was cut.
	onCut func()
}

func newIdentity(cfg *IdentityConfig, onCut func()) (*identity, error) {
	keys, err := newKeyMap(cfg)
	id := &identity{keys: keys, onCut: onCut}
	errs := []error{err}
	sources := func(places []string) []source {
		list := make([]source, 0, len(places))
		for _, place := range places {
			s, err := newSource(place)
			if strings.EqualFold(place, openWebUIChat) {
				s = s.read(savedChat)
			}
			list, errs = append(list, s), append(errs, err)
		}
		return list
	}
	for _, look := range sources(cfg.User) {
		id.user = append(id.user, look.read(person))
	}
	id.team = sources(cfg.Team)
	id.app = sources(cfg.App)
	id.environment = sources(cfg.Environment)
	id.conversation = sources(cfg.Conversation)
	id.labels = make(map[string][]source, len(cfg.Labels))
	for name, places := range cfg.Labels {
		id.labels[name] = sources(places)
	}
	return id, errors.Join(errs...)
}

func (id *identity) apply(c *genai.Call, from *origin) {
	owner := id.keys.owner(c.Caller.KeyHash)
	c.Caller.UserID = id.first(id.user, c, from, owner.User)
	c.Caller.Team = id.first(id.team, c, from, owner.Team)
	c.Caller.App = id.first(id.app, c, from, owner.App)
	c.Caller.Environment = id.first(id.environment, c, from, "")
	c.ConversationID = id.first(id.conversation, c, from, "")
	for name, sources := range id.labels {
		if value := id.first(sources, c, from, ""); value != "" {
			c.SetLabel(name, value)
		}
	}
}

func (id *identity) first(sources []source, c *genai.Call, from *origin, owned string) string {
	for _, look := range sources {
		if value := strings.TrimSpace(look(c, from, owned)); says(value) {
			return id.limit(value)
		}
	}
	return ""
}

// says tells whether a value names anything: an SDK without a configured service.name sends a placeholder, as do AgentScope without a
// session and VeADK without a user.
func says(value string) bool {
	switch value {
	case "", "unknown_service", "[no_session_id]", "<unknown_user_id>", "<unknown_session_id>":
		return false
	}
	return !strings.HasPrefix(value, "unknown_service:")
}

func (id *identity) limit(value string) string {
	short, cut := genai.Shorten(value, identityBytesMax)
	if cut {
		id.onCut()
	}
	return short
}

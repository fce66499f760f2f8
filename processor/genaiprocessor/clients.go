package genaiprocessor

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/llmtap/llmtap/internal/genai"
)

// openWebUIChat is the place where Open WebUI tells the id of a chat.
const openWebUIChat = "header:x-openwebui-chat-id"

// read makes a source of another one, whose values are in a form of their own.
func (look source) read(form func(value string) string) source {
	return func(c *genai.Call, from *origin, owned string) string { return form(look(c, from, owned)) }
}

// person gives the person in what Claude Code has for a user, which names its session, too: else each session would be another
// user. It is the account, and for those who have none the device.
func person(value string) string {
	if !strings.Contains(value, "session_") {
		return value
	}
	var user struct {
		Device  string `json:"device_id"`
		Account string `json:"account_uuid"`
		Session string `json:"session_id"`
	}
	if json.Unmarshal([]byte(value), &user) == nil && user.Session != "" {
		return cmp.Or(user.Account, user.Device)
	}
	before, _, found := strings.Cut(value, "_session_") // as versions up to 2.1.77 have it
	device, account, both := strings.Cut(before, "_account_")
	if !found || !both || !strings.HasPrefix(device, "user_") {
		return value
	}
	return cmp.Or(account, strings.TrimPrefix(device, "user_"))
}

// savedChat leaves out the ids of temporary chats, which are not their own: all those of a browser's tab have one, in older versions
// all there are.
func savedChat(id string) string {
	if id == "local" || strings.HasPrefix(id, "local:") {
		return ""
	}
	return id
}

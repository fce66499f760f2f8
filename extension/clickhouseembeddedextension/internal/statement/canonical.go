package statement

import "strings"

// The functions here read a statement as the engine itself writes it: that form is free of the comments and quotes in which two
// readers could see different things.

// HasSettings is true if a statement has a SETTINGS clause anywhere. The engine writes keywords in capitals, and so tells the clause from
// the table system.settings.
func HasSettings(canonical string) bool {
	for current := range (&scanner{text: canonical}).rest {
		if current.word && current.text == "SETTINGS" {
			return true
		}
	}
	return false
}

// Calls gives the first function that a statement calls whose name, in lower case, is among names; "" for none.
func Calls(canonical string, names map[string]bool) string {
	var previous token
	for current := range (&scanner{text: canonical}).rest {
		if name := strings.Trim(previous.text, "`\""); current.text == "(" && names[strings.ToLower(name)] {
			return name
		}
		previous = current
	}
	return ""
}

// Names gives the first name in a statement, of whatever, that is among names in lower case; "" for none.
func Names(canonical string, names map[string]bool) string {
	for current := range (&scanner{text: canonical}).rest {
		if name := strings.Trim(current.text, "`\""); names[strings.ToLower(name)] {
			return name
		}
	}
	return ""
}

// HasUnclearParameters is true if the name or type of a parameter is of more than words, quoted pieces and what joins them. The engine
// writes both as the client did, so that they could hold the beginning of a quoted piece for one of two readers only.
func HasUnclearParameters(canonical string) bool {
	inside := false
	for current := range (&scanner{text: canonical}).rest {
		switch {
		case current.text == "{":
			inside = true
		case current.text == "}":
			inside = false
		case inside && !current.word && !strings.Contains("():,.=-", current.text) && !strings.Contains("'`\"", current.text[:1]):
			return true
		}
	}
	return inside
}

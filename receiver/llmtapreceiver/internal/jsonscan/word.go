package jsonscan

// OtherWord stands for a text that is none of the words that its field may have.
const OtherWord = "_other"

// wordBytesMax is far longer than any word that an API defines.
const wordBytesMax = 64

// toolNameBytesMax is how long APIs let the name of a tool be, at most.
const toolNameBytesMax = 128

// Word lets a text pass that may be a word of an API, such as a finish reason: letters, digits and _ . - :, and a space
// behind a colon, as Gemini has it. What is none may be anything, a prompt or a key, and becomes OtherWord.
func Word(text string) string {
	if len(text) > wordBytesMax {
		return OtherWord
	}
	for i := range len(text) {
		if c := text[i]; !isWordByte(c) && (c != ' ' || i == 0 || text[i-1] != ':') {
			return OtherWord
		}
	}
	return text
}

// ToolName lets a text pass that may be the name of a tool, with a control token of a template or without. Of a server that cannot parse
// what its model wrote it may be any of that, and becomes OtherWord.
func ToolName(text string) string {
	if len(text) > toolNameBytesMax {
		return OtherWord
	}
	for i := range len(text) {
		if c := text[i]; !isWordByte(c) && c != '/' && c != '<' && c != '|' && c != '>' {
			return OtherWord
		}
	}
	return text
}

func isWordByte(c byte) bool {
	letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9'
	return letter || c == '_' || c == '.' || c == '-' || c == ':'
}

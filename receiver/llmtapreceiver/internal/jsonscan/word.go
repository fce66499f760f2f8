package jsonscan

// OtherWord stands for a text that is none of the words that its field may have.
const OtherWord = "_other"

// wordBytesMax is far longer than any word that an API defines.
const wordBytesMax = 64

// Word lets a text pass that may be a word of an API, such as a finish reason: letters, digits and _ . - :, and a space
// behind a colon, as Gemini has it. What is none may be anything, a prompt or a key, and becomes OtherWord.
func Word(text string) string {
	if len(text) > wordBytesMax {
		return OtherWord
	}
	for i := range len(text) {
		c := text[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9'
		if letter || c == '_' || c == '.' || c == '-' || c == ':' || c == ' ' && i > 0 && text[i-1] == ':' {
			continue
		}
		return OtherWord
	}
	return text
}

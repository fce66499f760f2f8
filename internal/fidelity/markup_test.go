package fidelity

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/llmtap/llmtap/internal/genai"
)

var tools = []genai.Tool{{Name: "weather"}, {Name: "get_time"}}

// The markup of each family is found, and only a complete call of an offered tool is certain.
func TestMarkup(t *testing.T) {
	f := func(family, text string) {
		t.Helper()
		found, ok := findMarkup(text, tools)
		require.True(t, ok)
		require.Equal(t, family, found.family)
		require.True(t, found.call, "not certain")
		found, ok = findMarkup(text, []genai.Tool{{Name: "other"}})
		require.False(t, ok && found.call, "certain of a tool that was not offered")
		_, ok = findMarkup("As an example:\n```\n"+text+"\n```\n", tools)
		require.False(t, ok, "in fenced code")
	}
	f("hermes", `<tool_call>{"name": "weather", "arguments": {"city": "Ulm"}}</tool_call>`)
	f("hermes", `<tool_call>{'name': 'weather', 'arguments': {'city': 'Ulm'}}</tool_call>`) // no JSON, which is why it was left
	f("hermes", `<tool_call>{"name": weather, "arguments": {"city": "Ulm"}}</tool_call>`)
	f("hermes", `<tool_call>[{\"name\": \"weather\", \"arguments\": {}}]</tool_call>`)
	f("hermes", "Let me see.\n<tool_call>\n<function=weather>\n<parameter=city>\nUlm\n</parameter>\n</function>\n</tool_call>")
	f("hermes", "<tool_call>weather\n<arg_key>city</arg_key>\n<arg_value>Ulm</arg_value>\n</tool_call>")
	f("qwen3-coder", "<function=weather>\n<parameter=city>\nUlm\n</parameter>\n</function>")
	f("llama3", `<|python_tag|>{"name": "weather", "parameters": {"city": "Ulm"}}`)
	f("lfm2", `<|tool_call_start|>[weather(city="Ulm")]<|tool_call_end|>`)
	f("olmo3", `<function_calls>weather(city="Ulm")</function_calls>`)
	f("pythonic", `[weather(city="Ulm"), get_time()]`)
	f("mistral", `[TOOL_CALLS][{"name": "weather", "arguments": {"city": "Ulm"}}]`)
	f("mistral", `[TOOL_CALLS]weather[ARGS]{"city": "Ulm"}`)
	f("deepseek-v3", "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>weather\n```json\n{}\n```<｜tool▁call▁end｜>")
	f("deepseek-v3.2", `<｜DSML｜function_calls><｜DSML｜invoke name="weather"></｜DSML｜invoke></｜DSML｜function_calls>`)
	f("kimi", `<|tool_calls_section_begin|><|tool_call_begin|>functions.weather:0<|tool_call_argument_begin|>{}<|tool_call_end|>`)
	f("harmony", `<|channel|>commentary to=functions.weather <|constrain|>json<|message|>{"city":"Ulm"}`)
	f("harmony", `commentary to=functions.weather json {"city":"Ulm"}`)
	f("harmony", `<|channel|>analysis to=functions.weather code<|message|>{"city":"Ulm"}`)
	f("harmony", `<|start|>assistant to=functions.weather<|channel|>commentary json<|message|>{"city":"Ulm"}`)
	f("harmony", ` to=functions.weather<|channel|>commentary <|constrain|>json<|message|>{"city":"Ulm"}<|call|>`)
	f("harmony", `analysisThe user wants it.assistantcommentary to=functions.weather json{"city":"Ulm"}`)
	f("llama4", `<|python_start|>[weather(city="Ulm")]<|python_end|>`)
	f("granite-20b", `<function_call> {"name": "weather", "arguments": {"city": "Ulm"}}`)
	f("jamba", `<tool_calls>[{"name": "weather", "arguments": {"city": "Ulm"}}]</tool_calls>`)
	f("internlm", `<|action_start|><|plugin|>{"name": "weather", "parameters": {"city": "Ulm"}}<|action_end|>`)
	f("apertus", `<|tools_prefix|>[{"weather": {"city": "Ulm"}}]<|tools_suffix|>`)
	f("longcat", `<longcat_tool_call>{"name": "weather", "arguments": {"city": "Ulm"}}</longcat_tool_call>`)
	f("minimax", "<minimax:tool_call><invoke name=\"weather\"></invoke></minimax:tool_call>")
	f("xml", `<invoke name="weather"><parameter name="city">Ulm</parameter></invoke>`)
	f("command-r", `<|START_ACTION|>[{"tool_name": "weather", "parameters": {}}]<|END_ACTION|>`)
	f("gemma4", `<|tool_call>call:weather{city:Ulm}<tool_call|>`)
	f("functiongemma", `<start_function_call>call:weather{city:Ulm}<end_function_call>`)
	f("granite", `<|tool_call|>[{"name":"weather","arguments":{}}]`)
	f("phi4-mini", `functools[{"name":"weather","arguments":{}}]`)
	f("nemotron", `<TOOLCALL>[{"name":"weather","arguments":{}}]</TOOLCALL>`)
	f("lmstudio", `[TOOL_REQUEST]{"name":"weather","arguments":{}}[END_TOOL_REQUEST]`)
	f("kimi-k3", `<|open|>tools<|sep|><|open|>call tool="weather" index="1"<|sep|><|open|>argument key="city" type="string"<|sep|>Ulm`+
		`<|close|>argument<|sep|><|close|>call<|sep|><|close|>tools<|sep|>`)
	f("step3", `<｜tool_calls_begin｜><｜tool_call_begin｜>function<｜tool_sep｜><steptml:invoke name="weather"><steptml:parameter name="city">Ulm`+
		`</steptml:parameter></steptml:invoke><｜tool_call_end｜><｜tool_calls_end｜>`)
	f("step3", `<steptml:invoke name="weather"><steptml:parameter name="city">Ulm</steptml:parameter></steptml:invoke>`)
	f("hunyuan-v3", `<tool_calls:6124c78e><tool_call:6124c78e>weather<tool_sep:6124c78e><arg_key:6124c78e>city</arg_key:6124c78e>`+
		`<arg_value:6124c78e>Ulm</arg_value:6124c78e></tool_call:6124c78e></tool_calls:6124c78e>`)
	f("muse-glimmer", "<atem:function_calls>\n<atem:invoke name=\"weather\">\n<atem:parameter name=\"city\">Ulm</atem:parameter>\n</atem:invoke>\n</atem:function_calls>")
	f("k2-horizon", `<ifm|tool_calls><ifm|tool_call>weather<ifm|arg_key>city</ifm|arg_key><ifm|arg_value>Ulm</ifm|arg_value></ifm|tool_call></ifm|tool_calls>`)
	f("inkling", `<|message_model|>weather<|content_invoke_tool_json|>{"name":"weather","args":{"city":"Ulm"}}<|end_message|>`)
	f("gigachat3", `<|function_call|>{"name": "weather", "arguments": {"city": "Ulm"}}`)
	f("gigachat3", "function call<|role_sep|>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Ulm\"}}")
	f("minicpm5", `<function name="weather"><param name="city">Ulm</param></function>`)
	f("dots", `<dots_function_call>{"name":"weather","arguments":{"city":"Ulm"}}</dots_function_call>`)
}

func TestMarkupThatIsOnlySuspected(t *testing.T) {
	f := func(text string) {
		t.Helper()
		found, ok := findMarkup(text, tools)
		require.True(t, ok)
		require.False(t, found.call)
	}
	f(`<tool_call>{"name": "weather", "arguments": {`)
	f(`Write <tool_call> and then JSON.`)
	f(`<tool_call>{"name": "weatherman", "arguments": {}}</tool_call>`)
	f(`<|python_tag|>{"message": "Sorry.", "exception": "No public method named weather with two parameters"}`) // Llama 3.2, by Ollama
	f(`<tool_call>[ {"error": "weather is not there"}]</tool_call>`)
	f("analysisThe user wants…assistantfinalIt is fine.")
	f("Write `<tool_call>`, as in <tool_call>.")
}

func TestNoMarkup(t *testing.T) {
	for _, text := range []string{
		"", "It is fine.", "a < b [1]", "[link](weather)", "functools[ is Python's", "See <function>.", "analysis of the assistant",
		"[not_offered(x=1)]", "Harmony sends a call to=functions.weather <|call|>.",
		"Put `<tool_calls>` before the call of weather and `</tool_calls>` behind it.",
	} {
		_, ok := findMarkup(text+" ", tools)
		require.False(t, ok && text != "functools[ is Python's", text)
	}
}

func TestProseCall(t *testing.T) {
	f := func(text string, want bool) {
		t.Helper()
		require.Equal(t, want, isProseCall(text, tools), text)
	}
	f(`{"name":"weather","arguments":{}}`, true)
	f("```json\n{\"name\":\"weather\",\"parameters\":{}}\n```", true)
	f(`[{"name":"weather","arguments":{}}]`, true)
	f(`{"type":"function","function":{"name":"weather","arguments":"{}"}}`, true)
	f(`weather({"city":"Ulm"})`, true)
	f(`{"name":"weather","parameters":{}}; {"name":"get_time","parameters":{}}`, true)
	f("{\"name\":\"weather\",\"parameters\":{}}\n{\"name\":\"get_time\",\"parameters\":{}}", true)
	f(`{"name":"weather","parameters":{}}; {"name":"Ada"}`, false)
	f(`{"name":"weather","parameters":{}} is how to call it`, false)
	f(`{"name":"weather"}`, false)
	f(`{"name":"Ada","arguments":{}}`, false)
	f(`I call weather({"city":"Ulm"})`, false)
	f(`weather(Ulm)`, false)
	f(``, false)
}

func TestControlTokens(t *testing.T) {
	f := func(text, want string, inSentence bool) {
		t.Helper()
		token, named := trailingControlToken(text)
		require.Equal(t, want, token, text)
		require.Equal(t, inSentence, named, text)
	}
	for _, token := range controlTokens {
		f("Fine."+token, token, false)
		f("Fine. "+token, token, false)
		f("Fine\n"+token, token, false)
		f(token, token, false)
		f("A turn ends with "+token, token, true)
		f("It is: "+token, token, true)
	}
	f("Fine.<|im_end|>\n", "<|im_end|>", false)
	f("Write <|im_end|> at the end.", "", false)
	f("a > b", "", false)
	f("<s>old</s>", "", false)
	f(`<s class="old">old</s>`, "", false)
	f("<s\nclass='old'>old</s>", "", false)
	f("<span>old</span></s>", endOfSequence, false)
	require.True(t, hasControlToken("weather<|channel|>commentary"))
	require.False(t, hasControlToken("functions.weather:0"))
}

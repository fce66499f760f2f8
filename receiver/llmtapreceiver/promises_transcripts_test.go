package llmtapreceiver

const (
	subtitles = "1\n00:00:00,000 --> 00:00:01,000\nIt is fine.\n"
	webVTT    = "WEBVTT\n\n00:00.000 --> 00:01.000\nIt is fine.\n"
	verbose   = `{"task":"transcribe","language":"english","duration":1.5,"text":"It is fine.","segments":[]}`
)

// gives is an answer of a media type.
func gives(mediaType, answer string) func(*kept) {
	return func(k *kept) { k.mediaType, k.answer = mediaType, answer }
}

// transcriptDeviations are of the format in which a transcript comes.
var transcriptDeviations = []deviation{
	{"transcript.format_ignored", "transcript", `"response_format":"text"`, gives("", "It is fine.\n"), []edit{anew(`{"text":"It is fine."}`)}}, // vLLM
	{"transcript.format_ignored", "transcript", `"response_format":"srt"`, gives("", subtitles), []edit{anew("It is fine.\n")}},
	{"transcript.format_ignored", "transcript", `"response_format":"srt"`, gives("", subtitles), []edit{anew(webVTT)}},
	{"transcript.format_ignored", "transcript", `"response_format":"vtt"`, gives("text/vtt", webVTT), []edit{anew(subtitles)}},
	{"transcript.format_ignored", "transcript", `"response_format":"vtt"`, gives("text/vtt", "\ufeff"+webVTT), []edit{anew("It is fine.\n")}},
	{"transcript.format_ignored", "transcript", `"response_format":"verbose_json"`, gives(jsonType, verbose), []edit{anew(`{"text":"It is fine."}`)}},
	{"transcript.format_ignored", "transcript", `"response_format":"json"`, gives("", `{"text":"It is fine."}`), []edit{anew("It is fine.\n")}},
	{"", "transcript", `"response_format":"verbose_json"`, gives(jsonType, `{"duration":1.5,"text":"It is fine."}`), nil},
	{"", "transcript", `"response_format":"json"`, gives(jsonType, verbose), nil},
	{"", "transcript", `"response_format":"diarized_json"`, nil, nil},
	{"", "transcript", `"response_format":"srt"`, gives("", "\n"), nil}, // nobody spoke
	{"", "transcript", `"response_format":"text"`, gives("", `{applause} It is fine.`), nil},
	{"", "transcript", `"response_format":"tsv"`, gives("", "0\t1\tIt is fine.\n"), nil},
	{"", "transcript", `"response_format":"text","stream":true`, gives(sseType, "data: {\"type\":\"transcript.text.delta\",\"delta\":\"It is fine.\"}\n\n"+
		"data: {\"type\":\"transcript.text.done\",\"text\":\"It is fine.\"}\n\n"), nil},
}

package openai

import (
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/prompt"
)

// readThinkingAsked reads members of a request that say whether and how much the model is to think, and where that is to stand.
func readThinkingAsked(p *prompt.Prompt, key []byte, r *jsonscan.Reader) {
	d := p.Detail
	switch string(key) {
	case "separate_reasoning", "reasoning_split": // SGLang; MiniMax
		d.ThinkingKept = d.ThinkingKept || r.False()
	case "reasoning_format":
		readReasoningFormat(d, r)
	case "include_reasoning": // vLLM, Groq, OpenRouter
		d.ThinkingHidden = d.ThinkingHidden || r.False()
	case "reasoning": // OpenRouter; Ollama
		readReasoning(p, r)
	case "reasoning_effort":
		p.ReasoningLevel(r, "none")
	case "enable_thinking": // Alibaba, SiliconFlow
		p.Thinks(r)
	case "thinking": // DeepSeek, Zhipu, Moonshot
		p.Thinking(r)
	case "chat_template_kwargs": // vLLM, SGLang, llama.cpp: for the templates of Qwen and DeepSeek
		for key := range r.Given {
			if string(key) == "enable_thinking" || string(key) == "thinking" {
				p.Thinks(r)
			}
		}
	default:
		p.Sampling(key, r)
	}
}

// readReasoning reads how much the model is to think, and whether that is to be seen.
func readReasoning(p *prompt.Prompt, r *jsonscan.Reader) {
	for key := range r.Given {
		switch string(key) {
		case "effort":
			p.ReasoningLevel(r, "none")
		case "enabled":
			p.Thinks(r)
		case "exclude":
			p.Detail.ThinkingHidden = p.Detail.ThinkingHidden || r.True()
		}
	}
}

// readReasoningFormat reads where thinking is to stand, in the words of llama.cpp and Groq.
func readReasoningFormat(d *genai.Detail, r *jsonscan.Reader) {
	switch string(r.Text()) {
	case "none", "raw", "deepseek-legacy":
		d.ThinkingKept = true
	case "hidden":
		d.ThinkingHidden = true
	}
}

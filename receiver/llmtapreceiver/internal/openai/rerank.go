package openai

import (
	"errors"

	"github.com/llmtap/llmtap/internal/exchange"
	"github.com/llmtap/llmtap/internal/genai"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/answer"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/caller"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/jsonscan"
	"github.com/llmtap/llmtap/receiver/llmtapreceiver/internal/prompt"
)

// documentsMax bounds the results of a reranking that are kept in detail.
const documentsMax = 4096

// DecodeRerank reads an exchange of /v1/rerank, an API that Cohere defined and vLLM, llama.cpp, Jina, Voyage and
// Together serve, or of /v1/ranking, which NVIDIA's NIM has for it.
func DecodeRerank(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	call.Operation, call.Provider = genai.OperationRerank, genai.ProviderCohere
	var topK genai.Count
	requestErr := prompt.Read(x, fields, call, func(p *prompt.Prompt, key []byte, r *jsonscan.Reader) {
		if p.Detail.Rerank == nil {
			p.Detail.Rerank = &genai.Rerank{}
		}
		switch string(key) {
		case "documents", "texts", "passages": // texts: TEI; passages: NVIDIA's NIM
			p.Detail.Rerank.Documents = max(p.Detail.Rerank.Documents, documents(r))
			p.Call.Turn = p.Detail.Rerank.Documents
		case "top_n":
			p.Detail.Rerank.TopN = answer.Count(r, p.Detail.Rerank.TopN)
		case "top_k":
			topK = answer.Count(r, topK)
		default:
			readMember(p, key, r)
		}
	})
	return errors.Join(requestErr, readTextless(x, call, func(key []byte, r *jsonscan.Reader) (input genai.Count, ok bool) {
		ok = string(key) == "results" || string(key) == "data" || string(key) == "rankings"
		ranking := call.Detail.Rerank
		if !ok || ranking == nil {
			return input, ok
		}
		if call.Detail.UsageOff { // a list, of TEI or SGLang, of which not all know how many are wanted
			ranking.TopN = genai.Count{}
		} else if string(key) == "data" { // Voyage
			ranking.TopN = topK
		}
		return readRanking(r, ranking), ok
	}))
}

// documents counts the documents of a list, or of {"content":[]} with which vLLM takes pictures too.
func documents(r *jsonscan.Reader) (n int) {
	if r.Kind() != jsonscan.Object {
		return texts(r)
	}
	for range r.Named("content") {
		n = texts(r)
	}
	return n
}

// readRanking gives the sum of what SGLang counts of each document with its question.
func readRanking(r *jsonscan.Reader, ranking *genai.Rerank) (input genai.Count) {
	for i := range r.Array {
		result, counted := genai.RerankResult{Index: -1}, sglangPart{}
		for key := range r.Object {
			switch string(key) {
			case "index":
				result.Index = r.Index(result.Index)
			case "relevance_score", "score", "logit":
				result.Score, _ = r.Float()
			case "meta_info":
				counted.readInfo(r)
			}
		}
		add(&input, counted.input, i == 0)
		if len(ranking.Results) < documentsMax {
			ranking.Results = append(ranking.Results, result)
		}
	}
	return input
}

// DecodeScore reads an exchange of /v1/score, the API of vLLM and SGLang that compares texts, or of vLLM's /generative_scoring.
func DecodeScore(x *exchange.Exchange, fields caller.Fields, call *genai.Call) error {
	call.Operation, call.Provider = genai.OperationScore, genai.ProviderVLLM
	requestErr := prompt.Read(x, fields, call, func(p *prompt.Prompt, key []byte, r *jsonscan.Reader) {
		switch string(key) {
		case "text_2", "data_2", "documents", "items":
			p.Call.Turn = documents(r)
		default:
			readMember(p, key, r)
		}
	})
	return errors.Join(requestErr, readTextless(x, call, nil))
}

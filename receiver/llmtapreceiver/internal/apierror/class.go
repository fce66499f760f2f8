package apierror

import (
	"strconv"
	"strings"

	"github.com/llmtap/llmtap/internal/genai"
)

// Class gives the class of an error, one of the genai.Error constants, from what the server says and the HTTP status.
// The server's own words come first, because many servers send 400 or 500 for everything, or 200.
func Class(status int, e Error) string {
	message := strings.ToLower(e.Message)
	switch {
	case contextLength.match(message):
		return genai.ErrorContextLength
	case contentFilter.match(message):
		return genai.ErrorContentFilter
	case noCredit.match(message):
		return genai.ErrorQuota
	case badKey.match(message):
		return genai.ErrorAuth
	case noModel.match(message):
		return genai.ErrorNotFound
	}
	for _, word := range []string{e.Code, e.Type} {
		if class, ok := classes[strings.ToLower(word)]; ok {
			return class
		}
	}
	if class := genai.ErrorOfStatus(status); class != "" {
		return class
	}
	if n, err := strconv.Atoi(e.Code); err == nil {
		if class := genai.ErrorOfStatus(n); class != "" {
			return class
		}
	}
	if class, ok := broadClasses[strings.ToLower(e.Type)]; ok {
		return class
	}
	return genai.ErrorServerError
}

// classes are codes and types that say more than the status.
var classes = map[string]string{
	"context_length_exceeded":   genai.ErrorContextLength,
	"exceed_context_size_error": genai.ErrorContextLength,
	"too_many_prompt_tokens":    genai.ErrorContextLength,
	"tokens_too_long":           genai.ErrorContextLength, // Baidu
	"characters_too_long":       genai.ErrorContextLength,
	"1261":                      genai.ErrorContextLength, // Zhipu
	"tokens_limit_reached":      genai.ErrorContextLength, // GitHub Models, under 413

	"rate_limit_exceeded":          genai.ErrorRateLimit,
	"rate_limit_error":             genai.ErrorRateLimit,
	"rate_limited":                 genai.ErrorRateLimit,
	"rate_limit_reached":           genai.ErrorRateLimit,
	"rate_limit_reached_error":     genai.ErrorRateLimit, // Kimi
	"too_many_requests":            genai.ErrorRateLimit,
	"ratelimitreached":             genai.ErrorRateLimit,
	"insufficient_quota":           genai.ErrorQuota,
	"budget_exceeded":              genai.ErrorQuota, // LiteLLM
	"billing_error":                genai.ErrorQuota,
	"billing_hard_limit":           genai.ErrorQuota,
	"quota_exceeded":               genai.ErrorQuota,
	"insufficient_balance":         genai.ErrorQuota,
	"exceeded_current_quota_error": genai.ErrorQuota,
	"arrearage":                    genai.ErrorQuota, // Qwen
	"1113":                         genai.ErrorQuota, // Zhipu
	"usage_limit_reached":          genai.ErrorQuota, // OpenAI, of subscriptions
	"usage_not_included":           genai.ErrorQuota,
	"allocationquota.freetieronly": genai.ErrorQuota, // Qwen, under 403
	"accountoverdueerror":          genai.ErrorQuota, // Volcengine, under 403

	"invalid_api_key":              genai.ErrorAuth,
	"invalid_authentication_error": genai.ErrorAuth,
	"authentication_error":         genai.ErrorAuth,
	"permission_error":             genai.ErrorAuth,
	"unauthorized":                 genai.ErrorAuth,

	"model_not_found":             genai.ErrorNotFound,
	"invalid_model":               genai.ErrorNotFound,
	"not_found":                   genai.ErrorNotFound,
	"not_found_error":             genai.ErrorNotFound,
	"notfounderror":               genai.ErrorNotFound,
	"deploymentnotfound":          genai.ErrorNotFound,
	"unknown_model":               genai.ErrorNotFound, // GitHub Models; Copilot
	"model_not_supported":         genai.ErrorNotFound,
	"model_not_support":           genai.ErrorNotFound, // FastDeploy, under 500
	"model_decommissioned":        genai.ErrorNotFound, // Groq
	"previous_response_not_found": genai.ErrorNotFound,

	"content_filter":                 genai.ErrorContentFilter,
	"content_policy_violation":       genai.ErrorContentFilter,
	"image_content_policy_violation": genai.ErrorContentFilter,
	"responsibleaipolicyviolation":   genai.ErrorContentFilter,
	"data_inspection_failed":         genai.ErrorContentFilter,
	"1301":                           genai.ErrorContentFilter, // Zhipu
	"bio_policy":                     genai.ErrorContentFilter,
	"cyber_policy":                   genai.ErrorContentFilter,
	"moderation_blocked":             genai.ErrorContentFilter, // OpenAI, of pictures
	"datainspectionfailed":           genai.ErrorContentFilter, // Qwen
	"sensitivecontentdetected":       genai.ErrorContentFilter, // Volcengine

	"inputtextsensitivecontentdetected":   genai.ErrorContentFilter,
	"inputimagesensitivecontentdetected":  genai.ErrorContentFilter,
	"outputtextsensitivecontentdetected":  genai.ErrorContentFilter,
	"outputimagesensitivecontentdetected": genai.ErrorContentFilter,

	"overloaded":          genai.ErrorOverloaded,
	"overloaded_error":    genai.ErrorOverloaded,
	"unavailable_error":   genai.ErrorOverloaded,
	"engine_overloaded":   genai.ErrorOverloaded,
	"capacity_exceeded":   genai.ErrorOverloaded, // Groq, under 498
	"service_unavailable": genai.ErrorOverloaded,

	"engine_overloaded_error":   genai.ErrorOverloaded, // Kimi, under 429
	"server_is_overloaded":      genai.ErrorOverloaded, // OpenAI
	"service_unavailable_error": genai.ErrorOverloaded,
	"slow_down":                 genai.ErrorOverloaded,

	"insufficient_system_resource": genai.ErrorOverloaded, // DeepSeek's finish reason

	"timeout_error":     genai.ErrorTimeout,
	"timeout":           genai.ErrorTimeout,
	"request_too_large": genai.ErrorTooLarge,
	"tool_use_failed":   genai.ErrorInvalidRequest,

	// TGI sends faults of its own as 424.
	"generation":            genai.ErrorServerError,
	"incomplete_generation": genai.ErrorServerError,

	// Of responses that failed, which come under 200.
	"invalid_prompt":               genai.ErrorInvalidRequest,
	"data_residency_mismatch":      genai.ErrorInvalidRequest,
	"vector_store_timeout":         genai.ErrorTimeout,
	"invalid_image":                genai.ErrorInvalidRequest,
	"invalid_image_format":         genai.ErrorInvalidRequest,
	"invalid_base64_image":         genai.ErrorInvalidRequest,
	"invalid_image_url":            genai.ErrorInvalidRequest,
	"image_too_large":              genai.ErrorInvalidRequest,
	"image_too_small":              genai.ErrorInvalidRequest,
	"image_parse_error":            genai.ErrorInvalidRequest,
	"invalid_image_mode":           genai.ErrorInvalidRequest,
	"image_file_too_large":         genai.ErrorInvalidRequest,
	"unsupported_image_media_type": genai.ErrorInvalidRequest,
	"empty_image_file":             genai.ErrorInvalidRequest,
	"failed_to_download_image":     genai.ErrorInvalidRequest,
	"image_file_not_found":         genai.ErrorInvalidRequest,
}

// broadClasses are types that say less than the status, for errors that come without one in the middle of a stream.
var broadClasses = map[string]string{
	"invalid_request_error": genai.ErrorInvalidRequest,
	"invalid_request":       genai.ErrorInvalidRequest,
	"badrequesterror":       genai.ErrorInvalidRequest,
	"not_supported_error":   genai.ErrorInvalidRequest,
	"validation":            genai.ErrorInvalidRequest,
}

// baseResponseTypes are types of errors by MiniMax's codes; the others are faults of the server.
var baseResponseTypes = map[int64]string{
	1001: "timeout",
	1002: "rate_limited",
	1004: "unauthorized",
	1008: "insufficient_balance",
	1026: "content_filter",
	1027: "content_filter",
	1039: "rate_limited",
	1041: "rate_limited",
	1042: "invalid_request",
	2013: "invalid_request",
	2045: "rate_limited",
	2049: "invalid_api_key",
	2056: "quota_exceeded",
}

// Where the data of @pydantic/genai-prices lags behind the makers' public price lists, or says what no call counts.
import { anthropic, dated, tokens } from './notation.mjs'
import { v4Flash, v4Pro } from './newer.mjs'

// Prices that models lack, without which calls would cost a fraction of what is billed.
const lacking = {
  // https://docs.mistral.ai/inference/pricing: sound, by the minute; a call that does not say how much has no cost
  mistral: { 'voxtral-small-24b-2507': { input_audio_hours: 0.24 } },
  openai: {
    // https://platform.openai.com/docs/pricing: audio tokens
    'gpt-4o-audio-preview': { input_audio_mtok: 40, output_audio_mtok: 80 },
    'gpt-4o-mini-audio-preview': { input_audio_mtok: 10, output_audio_mtok: 20 },
    // and what fine-tuned models read from the cache
    'ft:gpt-4o': { cache_read_mtok: 1.875 },
    'ft:gpt-4o-mini': { cache_read_mtok: 0.15 },
  },
  // https://openrouter.ai/perplexity/sonar
  openrouter: { 'perplexity/sonar': { requests_kcount: 5 }, 'perplexity/sonar-pro': { requests_kcount: 5 } },
}

// Prices that the data has wrong.
const other = {
  // https://docs.perplexity.ai/guides/search-context-size-guide: the size is low unless a call says otherwise
  perplexity: {
    sonar: { requests_kcount: 5 },
    'sonar-pro': { requests_kcount: 6 },
    'sonar-reasoning': { requests_kcount: 5 },
    'sonar-reasoning-pro': { requests_kcount: 6 },
  },
}

// https://openrouter.ai/openai/gpt-5-image: the tokens of pictures cost more than those of text, and the data has no price for them
const openaiImages = /^(openai\/)?gpt-5(\.4)?-image/

// Names that the book leaves out of a host's models.
const leftOut = {
  // They always search; https://developers.openai.com/api/docs/pricing: 25 dollars for a thousand searches, which no call counts.
  openai: [/^gpt-4o(-mini)?-search-preview/, openaiImages],
  openrouter: [
    /^openai\/gpt-4o(-mini)?-search-preview|sonar-(deep-research|pro-search|reasoning)|voxtral/,
    // https://openrouter.ai/pricing: a maker's price without markup. The data lacks parts of it, so that it is the maker's that counts.
    /^anthropic\/claude-3|^google\/gemini-[2-9]/,
    /^openai\/(gpt-4o(-2024-(08|11).*|-audio-preview)?|gpt-audio(-mini)?|gpt-5\.6-sol(-\[.*)?)$/,
    openaiImages,
  ],
  // https://docs.perplexity.ai/docs/getting-started/pricing: 5 dollars for a thousand searches, and what they find
  perplexity: [/^sonar-(deep-research|pro-search)/],
}

export function isLeftOut(provider, name) { return leftOut[provider]?.some(names => names.test(name)) ?? false }

// https://api-docs.deepseek.com/news: one price all day since 2025-09-05, lower since V3.2 of 2025-09-29. Until they ended in
// July 2026, these names stood for V4 Flash.
const deepseekV3 = [
  ['2025-09-05', tokens(0.56, 1.68, 0.07)],
  ['2025-09-29', tokens(0.28, 0.42, 0.028)],
  ['2026-04-24', tokens(0.14, 0.28, 0.0028)],
]

// Dates of the data that are those of another time zone.
const started = {
  // https://api-docs.deepseek.com/quick_start/pricing: peak hours began at 16:00 UTC, when it was the 17th in Beijing
  deepseek: { '2026-08-17': '2026-08-16T16:00:00Z' },
}

export function startOf(provider, date) { return started[provider]?.[date] ?? date }

// Prices that hold from a date on, after those of the data, and those of some hours since.
const later = {
  deepseek: {
    'deepseek-v4-flash': v4Flash,
    'deepseek-v4-pro': v4Pro,
    'deepseek-chat': deepseekV3,
    'deepseek-reasoner': deepseekV3,
  },
}

// https://platform.claude.com/docs/en/build-with-claude/prompt-caching: what Claude's cache keeps for an hour costs twice the
// input, wherever it runs.
function keptForAnHour(id, { input_mtok, cache_write_mtok }) {
  if (!id.includes('claude') || cache_write_mtok === undefined) return {}
  const twice = price => (typeof price === 'object' ? { base: 2 * price.base, tiers: price.tiers.map(t => ({ ...t, price: 2 * t.price })) } : 2 * price)
  return { cache_write_1h_mtok: twice(input_mtok) }
}

// versions gives the prices of a model, each with the date or time of day that it holds from. What the data has goes
// before a correction that is no longer needed.
export function versions(provider, { id, prices }) {
  const listed = Array.isArray(prices) ? prices : [{ prices }]
  const corrected = prices => ({ ...keptForAnHour(id ?? '', prices), ...lacking[provider]?.[id], ...prices, ...other[provider]?.[id] })
  return [...listed.map(v => ({ ...v, prices: corrected(v.prices) })), ...dated(later[provider]?.[id] ?? [])]
}

// https://platform.claude.com/docs/en/build-with-claude/fast-mode: what answers of Anthropic's fast mode cost, whatever the
// size of the input.
const fast = {
  anthropic: {
    'claude-fable-5-2': anthropic(16, 80, 0.4),
    'claude-opus-4-6': anthropic(30, 150, 3),
    'claude-opus-4-7': anthropic(30, 150, 3),
    'claude-opus-4-8': anthropic(10, 50, 1),
    'claude-opus-5': anthropic(10, 50, 1),
    'claude-opus-5-5': anthropic(8, 40, 0.4),
  },
}

export function fastPrices(provider, model) { return fast[provider]?.[model] }

// Where the data of @pydantic/genai-prices lags behind the makers' public price lists.

// Prices that models lack, without which calls would cost a fraction of what is billed.
const lacking = {
  openai: {
    // https://platform.openai.com/docs/pricing: audio tokens
    'gpt-4o-audio-preview': { input_audio_mtok: 40, output_audio_mtok: 80 },
    'gpt-4o-mini-audio-preview': { input_audio_mtok: 10, output_audio_mtok: 20 },
    // and what fine-tuned models read from the cache
    'ft:gpt-4o': { cache_read_mtok: 1.875 },
    'ft:gpt-4o-mini': { cache_read_mtok: 0.15 },
  },
}

// https://api-docs.deepseek.com/quick_start/pricing: what Flash costs since V4.1 of 2026-09-10, and twice that in peak hours.
// Weekends have none, which a price cannot say.
const flashAtPeak = { input_mtok: 0.3, cache_read_mtok: 0.006, output_mtok: 1.2 }
const flash = [
  ['2026-09-10', { input_mtok: 0.15, cache_read_mtok: 0.003, output_mtok: 0.6 }],
  [['01:00:00Z', '04:00:00Z'], flashAtPeak],
  [['06:00:00Z', '10:00:00Z'], flashAtPeak],
]

// Prices that hold from a date on, after those of the data, and those of some hours since.
const later = {
  deepseek: {
    'deepseek-v4-flash': flash,
    // https://api-docs.deepseek.com/news: one price all day since 2025-09-05, lower since V3.2 of 2025-09-29
    'deepseek-chat': [
      ['2025-09-05', { input_mtok: 0.56, cache_read_mtok: 0.07, output_mtok: 1.68 }],
      ['2025-09-29', { input_mtok: 0.28, cache_read_mtok: 0.028, output_mtok: 0.42 }],
    ],
    'deepseek-reasoner': [
      ['2025-09-05', { input_mtok: 0.56, cache_read_mtok: 0.07, output_mtok: 1.68 }],
      ['2025-09-29', { input_mtok: 0.28, cache_read_mtok: 0.028, output_mtok: 0.42 }],
    ],
  },
}

const anthropicPrices = (input, output, read) => (
  { input_mtok: input, output_mtok: output, cache_read_mtok: read, cache_write_mtok: 1.25 * input, cache_write_1h_mtok: 2 * input }
)

// https://platform.claude.com/docs/en/build-with-claude/fast-mode: what answers of Anthropic's fast mode cost, whatever the
// size of the input.
const fast = {
  anthropic: {
    'claude-opus-4-6': anthropicPrices(30, 150, 3),
    'claude-opus-4-7': anthropicPrices(30, 150, 3),
    'claude-opus-4-8': anthropicPrices(10, 50, 1),
    'claude-opus-5': anthropicPrices(10, 50, 1),
    'claude-opus-5-5': anthropicPrices(8, 40, 0.4),
  },
}

export function fastPrices(provider, model) { return fast[provider]?.[model] }

// Models that the data has not got, after those of the same host. The first whose name fits counts.
const added = {
  deepseek: [{ match: { starts_with: 'deepseek-flash' }, prices: dated(flash) }],
  openai: [
    // https://platform.openai.com/docs/pricing: fine-tuned models, whose names need not say the date of what they are made of
    { match: { starts_with: 'ft:gpt-4.1-nano' }, prices: { input_mtok: 0.2, cache_read_mtok: 0.05, output_mtok: 0.8 } },
    { match: { starts_with: 'ft:gpt-4.1-mini' }, prices: { input_mtok: 0.8, cache_read_mtok: 0.2, output_mtok: 3.2 } },
    { match: { starts_with: 'ft:gpt-4.1' }, prices: { input_mtok: 3, cache_read_mtok: 0.75, output_mtok: 12 } },
    { match: { starts_with: 'ft:gpt-4o-mini:' }, prices: { input_mtok: 0.3, cache_read_mtok: 0.15, output_mtok: 1.2 } },
    { match: { starts_with: 'ft:gpt-4o:' }, prices: { input_mtok: 3.75, cache_read_mtok: 1.875, output_mtok: 15 } },
  ],
}

export function addedModels(provider) { return added[provider] ?? [] }

// versions gives the prices of a model, each with the date or time of day that it holds from. What the data has goes
// before a correction that is no longer needed.
export function versions(provider, { id, prices }) {
  const listed = Array.isArray(prices) ? prices : [{ prices }]
  const lacks = lacking[provider]?.[id]
  return [...listed.map(v => ({ ...v, prices: { ...lacks, ...v.prices } })), ...dated(later[provider]?.[id] ?? [])]
}

// dated gives prices, each with a date or the hours of a day, as the data does.
function dated(list) {
  return list.map(([when, prices]) => {
    if (typeof when === 'string') return { constraint: { type: 'start_date', start_date: when }, prices }
    return { constraint: { type: 'time_of_date', start_time: when[0], end_time: when[1] }, prices }
  })
}

// Where the data of @pydantic/genai-prices lags behind the makers' public price lists.

// Prices that models lack, without which calls would cost a fraction of what is billed.
const lacking = {
  openai: {
    // https://platform.openai.com/docs/pricing: audio tokens
    'gpt-4o-audio-preview': { input_audio_mtok: 40, output_audio_mtok: 80 },
    'gpt-4o-mini-audio-preview': { input_audio_mtok: 10, output_audio_mtok: 20 },
  },
}

// Prices that hold from a date on, after those of the data.
const later = {
  deepseek: {
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

// versions gives the prices of a model, each with the date or time of day that it holds from. What the data has goes
// before a correction that is no longer needed.
export function versions(provider, { id, prices }) {
  const listed = Array.isArray(prices) ? prices : [{ prices }]
  const lacks = lacking[provider]?.[id]
  const dated = (later[provider]?.[id] ?? []).map(([start_date, prices]) => ({ constraint: { type: 'start_date', start_date }, prices }))
  return [...listed.map(v => ({ ...v, prices: { ...lacks, ...v.prices } })), ...dated]
}

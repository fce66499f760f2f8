// Prices in the notation of @pydantic/genai-prices.

// dated gives prices, each with the date that they hold from, or the hours and days of the week that they hold in, if any.
export function dated(list) {
  return list.map(([when, prices]) => {
    if (!when) return { prices }
    if (typeof when === 'string') return { constraint: { type: 'start_date', start_date: when }, prices }
    const [start_time, end_time, days] = when
    return { constraint: { type: 'time_of_date', start_time, end_time, days }, prices }
  })
}

// over gives prices that are others for calls with more input tokens than a size.
export function over(size, short, long) {
  return Object.fromEntries(Object.keys(short).map(key => [key, { base: short[key], tiers: [{ start: size, price: long[key] }] }]))
}

export function tokens(input, output, read) {
  return { input_mtok: input, output_mtok: output, ...(read !== undefined && { cache_read_mtok: read }) }
}

// anthropic adds what Anthropic charges for writing to the cache.
export function anthropic(input, output, read) {
  return { ...tokens(input, output, read), cache_write_mtok: 1.25 * input, cache_write_1h_mtok: 2 * input }
}

// openai adds what OpenAI charges for writing to the cache, and for long input, since GPT-5.6.
export function openai(input, output, read) {
  const prices = (times, output) => ({ ...tokens(times * input, output, times * read), cache_write_mtok: times * 1.25 * input })
  return over(272000, prices(1, output), prices(2, 1.5 * output))
}

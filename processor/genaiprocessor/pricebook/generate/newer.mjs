// Models that the data of @pydantic/genai-prices has not got, or under the name of another: by their host.
import { anthropic, dated, openai, over, tokens } from './notation.mjs'

// https://api-docs.deepseek.com/quick_start/pricing: a price, and twice that in peak hours, which weekends have none of since 2026-08-23
const peaks = (from, input, output, read) => [
  [from, tokens(input, output, read)],
  [['01:00:00Z', '04:00:00Z', 'Mon-Fri'], tokens(2 * input, 2 * output, 2 * read)],
  [['06:00:00Z', '10:00:00Z', 'Mon-Fri'], tokens(2 * input, 2 * output, 2 * read)],
]
// What Flash costs since V4.1.
const flash = peaks('2026-09-10', 0.15, 0.6, 0.003)
export const v4Flash = [...peaks('2026-08-23', 0.22, 0.66, 0.007), ...flash]
export const v4Pro = peaks('2026-08-23', 0.66, 1.98, 0.022)

const named = (...names) => ({ or: names.map(name => ({ equals: name })) })
const begins = (...names) => ({ or: names.map(name => ({ starts_with: name })) })
// snapshots are a model and its dated versions.
const snapshots = name => ({ or: [{ equals: name }, { starts_with: `${name}-20` }] })

const hosted = models => models.map(([name, ...prices]) => ({ match: named(name), prices: tokens(...prices) }))

const gemini4 = dated([[undefined, tokens(2, 10, 0.1)], ['2026-12-01', tokens(4, 20, 0.2)]])

// The first whose name fits counts, before the models of the data.
const added = {
  // https://platform.claude.com/docs/en/about-claude/pricing
  anthropic: [
    { id: 'claude-fable-5-2', match: begins('claude-fable-5-2', 'claude-fable-5.2'), prices: anthropic(8, 40, 0.2) },
    {
      match: begins('claude-sonnet-5-5', 'claude-sonnet-5.5'),
      prices: dated([[undefined, anthropic(2, 10, 0.2)], ['2026-10-07', anthropic(2, 10, 0.1)]]),
    },
    { match: begins('claude-haiku-5-5', 'claude-haiku-5.5'), prices: over(100000, anthropic(0.1, 0.5, 0.01), anthropic(0.5, 2.5, 0.05)) },
  ],
  deepseek: [{ match: begins('deepseek-flash'), prices: dated(flash) }],
  // https://ai.google.dev/gemini-api/docs/pricing
  google: [
    { match: begins('gemini-4-carbon', 'gemini-4-argon'), prices: gemini4 },
    { match: begins('gemini-4-hydrogen'), prices: tokens(1.5, 7.5, 0.075) },
    { match: begins('gemini-4-neon'), prices: tokens(3, 15, 0.15) },
  ],
  groq: hosted([['openai/gpt-oss-safeguard-20b', 0.075, 0.3, 0.0375]]), // https://console.groq.com/docs/models
  // https://docs.mistral.ai/inference/pricing: which version a name stands for has changed
  mistral: [
    { match: named('mistral-large-latest'), prices: dated([[undefined, tokens(2, 6)], ['2025-12-02', tokens(0.5, 1.5, 0.05)]]) },
    { match: named('mistral-small-latest'), prices: dated([[undefined, tokens(0.1, 0.3)], ['2026-03-16', tokens(0.15, 0.6, 0.015)]]) },
    { match: named('mistral-small-2506'), prices: tokens(0.1, 0.3) },
    { match: named('ministral-3b-latest'), prices: dated([[undefined, tokens(0.04, 0.04)], ['2025-12-02', tokens(0.1, 0.1, 0.01)]]) },
    { match: named('ministral-14b-latest'), prices: tokens(0.2, 0.2, 0.02) },
    { match: named('devstral-latest', 'devstral-medium-latest'), prices: tokens(0.4, 2, 0.04) },
    { match: named('codestral-embed', 'codestral-embed-2505'), prices: { input_mtok: 0.15 } },
  ],
  // https://platform.kimi.ai/docs/pricing/chat
  moonshotai: [
    { match: named('kimi-k3.1-pro'), prices: tokens(2, 10, 0.2) },
    { match: named('kimi-k3.1-pro-highspeed'), prices: tokens(4, 20, 0.2) },
  ],
  // https://developers.openai.com/api/docs/pricing
  openai: [
    { match: snapshots('gpt-6.2-astra'), prices: openai(8, 40, 0.4) },
    { match: snapshots('gpt-6.2-sol'), prices: openai(2, 10, 0.1) },
    { match: snapshots('gpt-6.1-sol'), prices: openai(2, 10, 0.1) },
    { match: snapshots('gpt-6.1-terra'), prices: openai(1, 5, 0.05) },
    // fine-tuned models, whose names need not say the date of what they are made of
    { match: begins('ft:gpt-4.1-nano'), prices: tokens(0.2, 0.8, 0.05) },
    { match: begins('ft:gpt-4.1-mini'), prices: tokens(0.8, 3.2, 0.2) },
    { match: begins('ft:gpt-4.1'), prices: tokens(3, 12, 0.75) },
    { match: begins('ft:gpt-4o-mini:'), prices: tokens(0.3, 1.2, 0.15) },
    { match: begins('ft:gpt-4o:'), prices: tokens(3.75, 15, 1.875) },
  ],
  openrouter: [{ match: { ends_with: ':free' }, prices: tokens(0, 0) }], // https://openrouter.ai/docs/guides/routing/model-variants/free
  // https://docs.together.ai/docs/serverless/models
  together: hosted([
    ['openai/gpt-oss-120b', 0.15, 0.6],
    ['openai/gpt-oss-20b', 0.05, 0.2],
    ['MiniMaxAI/MiniMax-M3', 0.3, 1.2, 0.06],
    ['Qwen/Qwen3-235B-A22B-Instruct-2507-tput', 0.2, 0.6],
    ['Qwen/Qwen3.5-397B-A17B', 0.6, 3.6, 0.35],
    ['Qwen/Qwen3.5-9B', 0.17, 0.25],
    ['deepseek-ai/DeepSeek-V3.1', 0.6, 1.7],
    ['deepseek-ai/DeepSeek-V4-Pro', 1.74, 3.48, 0.2],
    ['moonshotai/Kimi-K2.5', 0.5, 2.8],
    ['moonshotai/Kimi-K2.6', 1.2, 4.5, 0.2],
    ['moonshotai/Kimi-K2.7-Code', 0.95, 4, 0.19],
    ['moonshotai/Kimi-K3', 3, 15, 0.3],
    ['zai-org/GLM-5', 1, 3.2],
    ['zai-org/GLM-5.1', 1.4, 4.4],
    ['zai-org/GLM-5.2', 1.4, 4.4, 0.26],
    ['zai-org/GLM-5.3', 1.4, 4.4, 0.26],
  ]),
  // https://docs.x.ai/developers/models
  'x-ai': [{ match: begins('grok-4.20'), prices: over(199999, tokens(1.25, 2.5, 0.2), tokens(2.5, 5, 0.4)) }],
  // https://docs.z.ai/guides/overview/pricing
  zai: hosted([
    ['glm-4.5', 0.6, 2.2, 0.11],
    ['glm-4.5-air', 0.2, 1.1, 0.03],
    ['glm-4.5-flash', 0, 0],
    ['glm-4.6', 0.6, 2.2, 0.11],
    ['glm-4.7', 0.6, 2.2, 0.11],
    ['glm-4.7-flash', 0, 0],
    ['glm-4.7-flashx', 0.07, 0.4, 0.01],
    ['glm-5', 1, 3.2, 0.2],
    ['glm-5-turbo', 1.2, 4, 0.24],
    ['glm-5.1', 1.4, 4.4, 0.26],
  ]),
}

export function addedModels(provider) { return added[provider] ?? [] }

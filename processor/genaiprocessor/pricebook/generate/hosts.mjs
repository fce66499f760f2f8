// The hosts whose prices the book has, by their id in @pydantic/genai-prices, with their addresses.
const hosts = {
  anthropic: ['api.anthropic.com'],
  arcee: ['api.arcee.ai'],
  avian: ['api.avian.io'],
  aws: ['bedrock-runtime.*.amazonaws.com'],
  azure: ['*.openai.azure.com', '*.azure-api.net', '*.cognitiveservices.azure.com', '*.services.ai.azure.com'],
  baseten: ['inference.baseten.co'],
  cerebras: ['api.cerebras.ai'],
  cloudflare: ['api.cloudflare.com'],
  cohere: ['api.cohere.ai', 'api.cohere.com'],
  deepseek: ['api.deepseek.com'],
  doubleword: ['api.doubleword.ai'],
  fireworks: ['api.fireworks.ai'],
  google: ['*.googleapis.com'],
  groq: ['api.groq.com'],
  minimax: ['api.minimax.com', 'api.minimax.io', 'api.minimaxi.com', 'api.minimaxi.io'],
  mistral: ['api.mistral.ai'],
  moonshotai: ['api.moonshot.*'],
  novita: ['api.novita.ai'],
  openai: ['api.openai.com', '*.api.openai.com'],
  openrouter: ['openrouter.ai', 'api.openrouter.ai'],
  ovhcloud: ['oai.endpoints.kepler.ai.cloud.ovh.net'],
  perplexity: ['api.perplexity.ai'],
  together: ['api.together.xyz', 'api.together.ai'],
  voyageai: ['api.voyageai.com'],
  'x-ai': ['api.x.ai', '*.api.x.ai'],
  zai: ['api.z.ai'],
  zhipuai: ['open.bigmodel.cn'],
  // One address for hosts with different prices, or bills that are no list prices.
  cursor: [], 'github-copilot': [], modal: [], quicksilverpro: [], typesafe: [],
}

// The conventions' names of the provider for hosts whose models others may host too. The names openai and anthropic say
// only in which format a server speaks.
const providers = {
  aws: ['aws.bedrock'],
  azure: ['azure.ai.*'],
  cerebras: ['cerebras'],
  cohere: ['cohere'],
  deepseek: ['deepseek'],
  fireworks: ['fireworks'],
  google: ['gcp.*'],
  groq: ['groq'],
  minimax: ['minimax'],
  mistral: ['mistral_ai'],
  moonshotai: ['moonshot_ai'],
  novita: ['novita'],
  openrouter: ['openrouter'],
  perplexity: ['perplexity'],
  together: ['together_ai'],
  voyageai: ['voyageai', 'voyage'],
  'x-ai': ['x_ai'],
  zai: ['zai'],
}

export function providerNames(id) { return providers[id] ?? [] }

// claudeSince matches Anthropic's models since version 4 and a minor one.
function claudeSince(minor) {
  const version = `(4[.-][${minor}-9]|[5-9]([.-][0-9])?)`
  return new RegExp(`claude-(fable|mythos|(opus|sonnet|haiku)-${version}|${version}-(opus|sonnet|haiku))`)
}

// What part of the ordinary price calls of other service tiers cost, where the hosts' price lists say it for all models, or
// for those given. Of Anthropic's, us is the inference_geo.
const tiers = {
  // https://platform.claude.com/docs/en/about-claude/pricing
  anthropic: [
    { names: ['batch'], factor: 0.5 },
    { names: ['us'], factor: 1.1, models: claudeSince(6) },
    { names: ['batch-us'], factor: 0.55, models: claudeSince(6) },
  ],
  groq: [{ names: ['flex'], factor: 1 }], // https://console.groq.com/docs/flex-processing
  openai: [{ names: ['batch', 'flex'], factor: 0.5 }], // https://platform.openai.com/docs/pricing
}

export function serviceTiers(id, names) { return (tiers[id] ?? []).filter(({ models }) => !models || fits(models, names)) }

// The addresses of a host at which some models cost more than at its others, and how many times as much.
const regions = {
  // https://platform.claude.com/docs/en/about-claude/pricing: all endpoints of Vertex AI but the global one
  google: [{ addresses: ['*-aiplatform.googleapis.com', 'aiplatform.*.rep.googleapis.com'], models: claudeSince(5), factor: 1.1 }],
  // https://developers.openai.com/api/docs/guides/data-residency: models since 2026-03-05
  openai: [{ addresses: ['*.api.openai.com'], models: /^gpt-(5[.-][4-9]|[6-9]|(image|realtime)-2(?![0-9]))/, factor: 1.1 }],
}

// dearerRegions gives those of a host with the names that cost more there, if any do: some stand beside an older model's.
export function dearerRegions(id, names) {
  return (regions[id] ?? []).map(region => ({ ...region, names: names.filter(name => region.models.test(name)) })).filter(region => region.names.length > 0)
}

function fits(models, names) { return names.some(name => models.test(name)) }

export function addresses(id) {
  if (id.startsWith('huggingface_')) return [] // one address for all of them
  if (!(id in hosts)) throw new Error(`host ${id} is new: give its addresses, or none to leave it out`)
  return hosts[id]
}

// Names that only their makers' models have; their weights are not published.
const proprietary = {
  anthropic: /^claude-/,
  aws: /^\*?([a-z-]+\.)?(amazon\.(nova|titan)|anthropic\.claude)/,
  openai: /^(ft:)?(gpt-(?!oss)|chatgpt-|o[134](\b|-)|text-embedding-(3|ada))/,
  google: /^gemini-/,
  'x-ai': /^grok-[3-9]/,
}

export function isProprietary(id, pattern) { return proprietary[id]?.test(pattern) ?? false }

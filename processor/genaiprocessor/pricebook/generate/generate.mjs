// Writes the built-in price book from the data of @pydantic/genai-prices, which scripts/fetch-prices.sh fetches.
// Without the package the book that is there stays, so that checking needs no network.
//
//   node generate.mjs PACKAGE_FOLDER BOOK
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { fastPrices, isLeftOut, startOf, versions } from './corrections.mjs'
import { addresses, dearerRegions, isProprietary, providerNames, serviceTiers } from './hosts.mjs'
import { addedModels } from './newer.mjs'

const [folder, book] = process.argv.slice(2)

// Prices that a Call has counts for, and their names in the book. A thousand requests make a kcount.
const keys = {
  input_mtok: 'input', output_mtok: 'output', cache_read_mtok: 'cache_read', cache_write_mtok: 'cache_write',
  cache_write_1h_mtok: 'cache_write_1h', input_audio_mtok: 'audio_input', output_audio_mtok: 'audio_output',
  cache_audio_read_mtok: 'audio_cache_read', input_image_mtok: 'image_input', output_image_mtok: 'image_output',
  output_reasoning_mtok: 'reasoning', requests_kcount: 'per_call', input_audio_hours: 'audio_hour',
}
// What the book can express ends at the femto-dollar.
const perCall = kcount => Number((kcount / 1000).toFixed(12))
const perMillion = mtok => Number(mtok.toFixed(9))

if (!existsSync(join(folder, 'package.json'))) {
  console.error(`price book: left as it is, since ${folder} holds no @pydantic/genai-prices; make generate fetches it`)
  process.exit(0)
}
const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
const published = readFileSync(join(folder, 'published'), 'utf8').trim()
const data = await import(pathToFileURL(join(folder, 'dist/index.js')))
const prices = providers().flatMap(section).join('\n') + '\n' + footer()
writeFileSync(book, header(createHash('sha256').update(prices).digest('hex').slice(0, 8)) + prices)

// list gives what the package's program lists. It goes through a file: into a pipe the program may end before it has
// written all.
function list() {
  const work = mkdtempSync(join(tmpdir(), 'prices-'))
  const out = openSync(join(work, 'list'), 'w')
  execFileSync(process.execPath, [join(folder, 'dist/cli.js'), 'list'], { stdio: ['ignore', out, 'inherit'] })
  closeSync(out)
  const listed = readFileSync(join(work, 'list'), 'utf8')
  rmSync(work, { recursive: true })
  return listed
}

function providers() {
  const listed = list()
  const ids = new Set([...listed.matchAll(/^ {2}([a-z0-9._-]+):/gm)].map(match => match[1]))
  return [...ids].map(id => data.findProvider({ providerId: id })).filter(p => addresses(p.id).length > 0)
}

// The prices of a host stand under its addresses. Those of a proprietary model's maker stand once more under any
// address, after all hosts.
function section(provider, _, all) {
  const lines = [`  # ${provider.name}`, ...ordered(provider).flatMap(m => entries(provider, m, patterns(m.match), addresses(provider.id)))]
  if (provider !== all.at(-1)) return lines
  const makers = all.filter(p => p.models.some(m => patterns(m.match).some(x => isProprietary(p.id, x))))
  for (const maker of makers) {
    lines.push(`  # ${maker.name}, at any address`)
    lines.push(...ordered(maker).flatMap(m => entries(maker, m, patterns(m.match).filter(x => isProprietary(maker.id, x)), [])))
  }
  return lines
}

// ordered puts the models that exclude others behind those.
function ordered({ id, models }) {
  return [...addedModels(id), ...models.filter(m => !m.match.and), ...models.filter(m => m.match.and)]
}

function entries(provider, model, patterns, hosts) {
  const names = patterns.filter(name => !isLeftOut(provider.id, name))
  if (names.length === 0) return []
  const tiers = [{ factor: 1 }, ...serviceTiers(provider.id, names)]
  const regions = hosts.length > 0 ? dearerRegions(provider.id, names) : []
  return [
    ...fastEntries(provider, model, names, hosts),
    ...regions.flatMap(region => tiers.flatMap(tier => entriesOfTier(provider, model, region.names, region.addresses, times(region.factor, tier)))),
    ...tiers.flatMap(tier => entriesOfTier(provider, model, names, hosts, tier)),
  ]
}

// times gives a tier of a dearer region, in which a span that names no address is not taken to have been.
function times(factor, tier) { return { ...tier, factor: factor * tier.factor, regional: true } }

// fastEntries are of a model's fast mode: gateways give it a name of its own, which many a pattern of the model fits too,
// and the maker calls it a tier.
function fastEntries(provider, model, names, hosts) {
  const prices = fastPrices(provider.id, model.id)
  if (!prices) return []
  const fastNames = names.map(name => `${name}-fast*`)
  const price = (names, tier) => entry(provider, names, hosts, { factor: 1, ...tier }, undefined, undefined, 0, prices)
  const all = [...names, ...fastNames]
  return [price(fastNames), price(all, { names: ['fast'] }), price(all, { names: ['fast-us'], factor: 1.1 })]
}

function entriesOfTier(provider, model, names, hosts, tier) {
  let from
  return versions(provider.id, model).flatMap(({ constraint, prices }) => {
    if (constraint?.type === 'start_date') from = startOf(provider.id, constraint.start_date)
    const daily = constraint?.type === 'time_of_date' ? hours(constraint) : undefined
    return contextTiers(prices).flatMap(over => entry(provider, names, hosts, tier, from, daily, over, prices))
  })
}

function hours({ start_time, end_time, days }) { return `${days ? `${days} ` : ''}${minute(start_time)}-${minute(end_time)}` }

// minute cuts the seconds, which are always zero, off a time of day in UTC.
function minute(time) {
  const match = /^(\d\d:\d\d):00Z$/.exec(time)
  if (!match) throw new Error(`cannot express the time of day ${time}`)
  return match[1]
}

function contextTiers(prices) {
  const starts = Object.values(prices).flatMap(p => p?.tiers?.map(t => t.start) ?? [])
  return [0, ...new Set(starts)].sort((a, b) => a - b)
}

function entry(provider, names, hosts, tier, from, daily, over, prices) {
  const at = price => (typeof price === 'object' ? (price.tiers.filter(t => t.start <= over).at(-1)?.price ?? price.base) : price)
  const amounts = {}
  for (const [key, name] of Object.entries(keys)) {
    if (prices[key] === undefined) continue
    const amount = at(prices[key]) * tier.factor
    amounts[name] = key === 'requests_kcount' ? perCall(amount) : perMillion(amount)
  }
  if (Object.keys(amounts).length === 0) return []
  if (amounts.input !== undefined || amounts.output !== undefined) {
    amounts.input ??= 0
    amounts.output ??= 0
  }
  const list = values => `[${values.map(v => JSON.stringify(v)).join(', ')}]`
  const fields = [`model: ${list(names)}`]
  if (hosts.length > 0) {
    fields.push(`address: ${list(hosts)}`)
    if (providerNames(provider.id).length > 0 && !tier.regional) fields.push(`provider: ${list(providerNames(provider.id))}`)
  }
  if (tier.names) fields.push(`service_tier: ${list(tier.names)}`)
  if (from) fields.push(`from: ${from.includes('T') ? JSON.stringify(from) : from}`)
  if (daily) fields.push(`daily: "${daily}"`)
  if (over > 0) fields.push(`input_over: ${over}`)
  for (const [name, amount] of Object.entries(amounts)) fields.push(`${name}: ${amount}`)
  return `  - {${fields.join(', ')}}`
}

// patterns gives the globs of a match, which must say the same.
function patterns(match) {
  const [kind] = Object.keys(match)
  const text = match[kind]
  switch (kind) {
    case 'or': return [...new Set(text.flatMap(patterns))]
    case 'equals': return [quote(text)]
    case 'starts_with': return [quote(text) + '*']
    case 'ends_with': return ['*' + quote(text)]
    case 'contains': return ['*' + quote(text) + '*']
    case 'regex': return [fromRegex(text)]
    case 'and': {
      // The only conjunctions keep models for speech out. Those have entries of their own, which come first; see section.
      const rest = text.filter(m => m.regex !== '^(?!.*-[tT][tT][sS](?:$|-))')
      if (rest.length === 1) return patterns(rest[0])
    }
  }
  throw new Error(`cannot express ${JSON.stringify(match)}`)
}

function quote(text) { return text.replace(/[\\*?[\]{}!]/g, '\\$&') }

// fromRegex knows anchors, escaped punctuation and digits.
function fromRegex(regex) {
  let rest = regex.replace(/^\^/, '')
  const open = !rest.endsWith('$')
  rest = rest.replace(/\$$/, '')
  let glob = ''
  while (rest !== '') {
    const match = /^\\d(?:\{(\d+)\})?|^\\([.[\]])|^([a-zA-Z0-9=/-])/.exec(rest)
    if (!match) throw new Error(`cannot express /${regex}/`)
    glob += match[0].startsWith('\\d') ? '[0-9]'.repeat(Number(match[1] ?? 1)) : quote(match[2] ?? match[3])
    rest = rest.slice(match[0].length)
  }
  return glob + (open ? '*' : '')
}

// header names the version, which tells corrected prices of the same data apart.
function header(hash) {
  return `# The built-in price book: list prices in US dollars per million tokens.
# Code generated from the data of @pydantic/genai-prices ${version} of ${published} by make generate; DO NOT EDIT.
#
# Data: Copyright (c) Pydantic Services Inc., MIT license (https://github.com/pydantic/genai-prices).
# Left out is what a call has no count for: web searches, pages, and what is said to a voice.
# Models that anyone may host have a price only at the addresses of a known host: nobody can know what a token costs
# on a machine of your own. Give such prices in the configuration.
version: "genai-prices-${version}-${published.replaceAll('-', '')}-${hash}"
prices:
`
}

function footer() {
  return `  # The bundled simulator (an upstream of that name), so that a demonstration with any model has costs.
  - {model: ["*"], upstream: [vllmsim], input: 0.1, output: 0.4, cache_read: 0.025}
`
}

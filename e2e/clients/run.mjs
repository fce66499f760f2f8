// Runs calls of real clients against a server and prints what each gave, as one JSON object by name.
// Usage: node run.mjs BASE_URL FILE, where FILE exports calls: {name: async (baseURL, headers) => result}.
import process from 'node:process'
import { pathToFileURL } from 'node:url'

globalThis.AI_SDK_LOG_WARNINGS = false
const [baseURL, file] = process.argv.slice(2)
const { calls } = await import(pathToFileURL(file))
const results = {}
for (const [name, call] of Object.entries(calls)) {
  try {
    results[name] = await call(baseURL, { 'x-llmtap-user': name })
  } catch (error) {
    results[name] = { error: error.name, status: error.status ?? error.statusCode, message: error.message }
  }
}
console.log(JSON.stringify(results))

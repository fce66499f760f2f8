// Calls of Ollama's client.
import { Ollama } from 'ollama'

const model = 'llama3.2'
const messages = [{ role: 'user', content: 'Hi' }]
const client = (host, headers) => new Ollama({ host, headers })
const all = async (stream) => {
  const events = []
  for await (const event of stream) events.push(event)
  return events
}

export const calls = {
  'ollama chat': async (...to) => client(...to).chat({ model, messages }),
  'ollama chat stream': async (...to) => all(await client(...to).chat({ model, messages, stream: true })),
  'ollama generate': async (...to) => client(...to).generate({ model, prompt: 'Hi' }),
  'ollama generate stream': async (...to) => all(await client(...to).generate({ model, prompt: 'Hi', stream: true })),
  'ollama embed': async (...to) => client(...to).embed({ model, input: 'Hi' }),
  'ollama error': async (...to) => client(...to).chat({ model: 'missing', messages }),
}

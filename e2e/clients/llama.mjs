// Calls of clients that llama-server can answer.
import Anthropic from '@anthropic-ai/sdk'
import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { HumanMessage } from '@langchain/core/messages'
import { ChatOpenAI } from '@langchain/openai'
import { Agent, OpenAIChatCompletionsModel, OpenAIResponsesModel, run, setTracingDisabled, tool } from '@openai/agents'
import { generateText, jsonSchema, stepCountIs, streamText, tool as aiTool } from 'ai'
import OpenAI from 'openai'
import { z } from 'zod'

setTracingDisabled(true)

const model = 'scripted'
const messages = [{ role: 'user', content: 'Say something. [[text]]' }]
const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
const tools = [{ type: 'function', function: { name: 'get_weather', description: 'weather of a city', parameters } }]

const all = async (stream) => {
  const events = []
  for await (const event of stream) events.push(event)
  return events
}

const openai = (base, headers) => new OpenAI({ baseURL: base + '/v1', apiKey: 'sk-x', maxRetries: 0, defaultHeaders: headers })
const anthropic = (base, headers) => new Anthropic({ baseURL: base, apiKey: 'sk-x', maxRetries: 0, defaultHeaders: headers })
const aiOpenAI = (base, headers) => createOpenAI({ baseURL: base + '/v1', apiKey: 'sk-x', headers })
const aiCompatible = (base, headers) => createOpenAICompatible({ name: 'llama', baseURL: base + '/v1', apiKey: 'sk-x', headers })
const aiAnthropic = (base, headers) => createAnthropic({ baseURL: base + '/v1', apiKey: 'sk-x', headers })
const langchain = (base, headers, more) =>
  new ChatOpenAI({ model, apiKey: 'sk-x', maxRetries: 0, configuration: { baseURL: base + '/v1', defaultHeaders: headers }, ...more })

const question = { prompt: 'Say something. [[text]]', maxRetries: 0 }
const generated = async (of) => {
  const { text, finishReason, usage, toolCalls } = await generateText({ model: of, ...question })
  return { text, finishReason, usage, toolCalls }
}
const streamed = async (of) => {
  const result = streamText({ model: of, ...question, onError: () => {} })
  const parts = await all(result.fullStream)
  const failed = parts.find((part) => part.type === 'error')
  if (failed) throw failed.error
  return { parts: parts.map((part) => part.type), text: await result.text, finish: await result.finishReason, usage: await result.usage }
}
const agent = async (of) => {
  const weather = tool({ name: 'get_weather', description: 'weather', parameters: z.object({ city: z.string() }), execute: () => 'sunny' })
  const result = await run(new Agent({ name: 'Weather', model: of, tools: [weather] }), 'What is the weather?')
  return { output: result.finalOutput, items: result.newItems.map((item) => item.type) }
}

export const calls = {
  'openai chat': async (...to) => openai(...to).chat.completions.create({ model, messages }),
  'openai chat stream': async (...to) => all(await openai(...to).chat.completions.create({ model, messages, stream: true })),
  'openai chat stream usage': async (...to) =>
    all(await openai(...to).chat.completions.create({ model, messages, stream: true, stream_options: { include_usage: true } })),
  'openai chat tools': async (...to) => openai(...to).chat.completions.create({ model, messages: [{ role: 'user', content: 'Weather?' }], tools }),
  'openai chat tools stream': async (...to) =>
    openai(...to).chat.completions.stream({ model, messages: [{ role: 'user', content: 'Weather?' }], tools }).finalChatCompletion(),
  'openai chat json': async (...to) =>
    openai(...to).chat.completions.create({
      model, messages: [{ role: 'user', content: '[[json]]' }],
      response_format: { type: 'json_schema', json_schema: { name: 'weather', schema: {
        type: 'object', properties: { city: { type: 'string' }, temp: { type: 'integer' } }, required: ['city', 'temp'] } } } }),
  'openai completions': async (...to) => openai(...to).completions.create({ model, prompt: '<|script_text|>' }),
  'openai completions stream': async (...to) => all(await openai(...to).completions.create({ model, prompt: '<|script_text|>', stream: true })),
  'openai responses': async (...to) => openai(...to).responses.create({ model, input: 'Say something. [[text]]' }),
  'openai responses stream': async (...to) => all(await openai(...to).responses.create({ model, input: 'Say something. [[text]]', stream: true })),
  'openai error': async (...to) => openai(...to).chat.completions.create({ model, messages: [{ role: 'user', content: 'x'.repeat(20000) }] }),
  'anthropic messages': async (...to) => anthropic(...to).messages.create({ model, max_tokens: 100, messages }),
  'anthropic messages stream': async (...to) => all(await anthropic(...to).messages.create({ model, max_tokens: 100, messages, stream: true })),
  'anthropic count': async (...to) => anthropic(...to).messages.countTokens({ model, messages }),
  'ai openai chat': async (...to) => generated(aiOpenAI(...to).chat(model)),
  'ai openai chat stream': async (...to) => streamed(aiOpenAI(...to).chat(model)),
  'ai openai responses': async (...to) => generated(aiOpenAI(...to).responses(model)),
  'ai openai responses stream': async (...to) => streamed(aiOpenAI(...to).responses(model)),
  'ai compatible': async (...to) => generated(aiCompatible(...to)(model)),
  'ai compatible stream': async (...to) => streamed(aiCompatible(...to)(model)),
  'ai compatible tools': async (...to) => {
    const weather = aiTool({ inputSchema: jsonSchema(parameters), execute: async () => 'sunny' })
    const { text, steps } = await generateText({
      model: aiCompatible(...to)(model), prompt: 'Weather?', tools: { get_weather: weather }, stopWhen: stepCountIs(2), maxRetries: 0 })
    return { text, reasons: steps.map((step) => step.finishReason), inputs: steps.map((step) => step.toolCalls.map((call) => call.input)) }
  },
  'ai anthropic': async (...to) => generated(aiAnthropic(...to)(model)),
  'ai anthropic stream': async (...to) => streamed(aiAnthropic(...to)(model)),
  'langchain chat': async (...to) => (await langchain(...to).invoke([new HumanMessage('Say something. [[text]]')])).toDict(),
  'langchain chat stream': async (...to) => (await all(await langchain(...to).stream('Say something. [[text]]'))).map((chunk) => chunk.toDict()),
  'langchain chat stream no usage': async (...to) =>
    (await all(await langchain(...to, { streamUsage: false }).stream('Say something. [[text]]'))).map((chunk) => chunk.toDict()),
  'agents chat': async (...to) => agent(new OpenAIChatCompletionsModel(openai(...to), model)),
  'agents responses': async (...to) => agent(new OpenAIResponsesModel(openai(...to), model)),
}

// Sessions of OpenAI's own client for Node with a server: node openai.mjs URL KEY MODEL. A line "ok NAME" for each that
// went well; the first that does not ends the run.
import assert from 'node:assert/strict';
import OpenAI from 'openai';

const [url, key, model] = process.argv.slice(2);
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 });
const ask = (content, more = {}) => ({ model, messages: [{ role: 'user', content }], max_tokens: 16, ...more });

const sessions = {
  async chat() {
    const answer = await client.chat.completions.create(ask('News?', { temperature: 0, n: 2 }));
    assert.equal(answer.choices.length, 2);
    assert.equal(answer.choices[0].message.content, answer.choices[1].message.content);
    assert.equal(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens);
  },

  async streaming() {
    const body = ask('Markets', { temperature: 0 });
    const whole = await client.chat.completions.create(body);
    const stream = client.chat.completions.stream({ ...body, stream_options: { include_usage: true } });
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    assert.equal(text, whole.choices[0].message.content ?? '');
    assert.equal((await stream.finalChatCompletion()).choices[0].finish_reason, whole.choices[0].finish_reason);
    assert.equal((await stream.totalUsage()).completion_tokens, whole.usage.completion_tokens);
  },

  async completions() {
    const body = { model, prompt: ['One', 'Two'], max_tokens: 8, temperature: 0, echo: true };
    const whole = await client.completions.create(body);
    const texts = ['', ''];
    for await (const chunk of await client.completions.create({ ...body, stream: true })) {
      for (const choice of chunk.choices) texts[choice.index] += choice.text;
    }
    assert.deepEqual(texts, whole.choices.map((choice) => choice.text));
    assert.ok(texts[0].startsWith('One') && texts[1].startsWith('Two'));
  },

  async structured() {
    const schema = {
      type: 'object',
      properties: { city: { enum: ['Rome', 'Oslo'] }, days: { type: 'integer', minimum: 1, maximum: 9 } },
      required: ['city', 'days'],
      additionalProperties: false,
    };
    const response_format = { type: 'json_schema', json_schema: { name: 'trip', schema, strict: true } };
    for (const seed of [1, 2]) {
      const answer = await client.chat.completions.parse(ask('Where?', { response_format, seed, max_tokens: 64 }));
      const trip = answer.choices[0].message.parsed ?? JSON.parse(answer.choices[0].message.content);
      assert.ok(['Rome', 'Oslo'].includes(trip.city) && trip.days >= 1 && trip.days <= 9);
    }
  },

  async tools() {
    const parameters = {
      type: 'object',
      properties: { city: { enum: ['Rome', 'Oslo'] } },
      required: ['city'],
      additionalProperties: false,
    };
    const tools = [{ type: 'function', function: { name: 'weather', description: 'Tells it', parameters } }];
    for (const tool_choice of ['required', { type: 'function', function: { name: 'weather' } }]) {
      const body = ask('Rome?', { tools, tool_choice, parallel_tool_calls: false, max_tokens: 64, seed: 1 });
      const whole = await client.chat.completions.create(body);
      const [call] = whole.choices[0].message.tool_calls;
      assert.equal(call.function.name, 'weather');
      assert.ok(['Rome', 'Oslo'].includes(JSON.parse(call.function.arguments).city));
      const streamed = await client.chat.completions.stream(body).finalChatCompletion();
      const [same] = streamed.choices[0].message.tool_calls;
      assert.deepEqual(same.function, call.function);
      // The conversation goes on with what the tool said.
      const messages = [...body.messages, whole.choices[0].message];
      messages.push({ role: 'tool', tool_call_id: call.id, content: '21 degrees' });
      const next = await client.chat.completions.create({ model, messages, max_tokens: 8 });
      assert.equal(next.choices[0].message.role, 'assistant');
    }
  },

  async logprobs() {
    const chat = await client.chat.completions.create(ask('x', { logprobs: true, top_logprobs: 2, ignore_eos: true }));
    const content = chat.choices[0].logprobs.content;
    assert.equal(content.length, chat.usage.completion_tokens);
    assert.ok(content.every((token) => token.logprob <= 0 && token.top_logprobs.length === 2 && token.bytes));
    const plain = await client.completions.create({ model, prompt: 'x', logprobs: 1, max_tokens: 4 });
    assert.equal(plain.choices[0].logprobs.tokens.length, plain.usage.completion_tokens);
  },

  async embeddings() {
    const encoded = await client.embeddings.create({ model, input: ['One', 'Two'] });
    const plain = await client.embeddings.create({ model, input: ['One', 'Two'], encoding_format: 'float' });
    assert.equal(encoded.data.length, 2);
    for (const i of [0, 1]) {
      encoded.data[i].embedding.forEach((x, k) => assert.ok(Math.abs(x - plain.data[i].embedding[k]) < 1e-6));
    }
  },

  async models() {
    const names = [];
    for await (const card of client.models.list()) names.push(card.id);
    assert.deepEqual(names, [model]);
    assert.equal((await client.models.retrieve(model)).object, 'model');
  },

  async errors() {
    await assert.rejects(client.chat.completions.create(ask('x', { temperature: -1 })), (error) => {
      assert.ok(error instanceof OpenAI.BadRequestError);
      assert.equal(error.param, 'temperature');
      assert.equal(error.type, 'BadRequestError');
      assert.match(error.message, /expected a number from 0/);
      return true;
    });
    await assert.rejects(client.chat.completions.create({ ...ask('x'), model: 'other' }), OpenAI.NotFoundError);
    const stranger = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'wrong', maxRetries: 0 });
    await assert.rejects(stranger.chat.completions.create(ask('x')), OpenAI.AuthenticationError);
  },

  async cancellation() {
    const long = ask('x', { max_tokens: 900, ignore_eos: true });
    const stream = await client.chat.completions.create({ ...long, stream: true });
    for await (const _ of stream) break;
    assert.ok(stream.controller.signal.aborted);
    const controller = new AbortController();
    const request = client.chat.completions.create(long, { signal: controller.signal });
    setTimeout(() => controller.abort(), 20);
    await assert.rejects(request, OpenAI.APIUserAbortError);
  },
};

for (const [name, run] of Object.entries(sessions)) {
  await run();
  console.log(`ok ${name}`);
}

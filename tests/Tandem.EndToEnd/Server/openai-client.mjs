// Asks a server by the official client for JavaScript, and prints a line for each thing that it got.
import OpenAI from "openai";

const client = new OpenAI({ baseURL: process.argv[2], apiKey: "none", maxRetries: 0 });
const messages = [{ role: "user", content: "What colour is the sky?" }];
const model = "small";

const whole = await client.chat.completions.create({ model, messages, temperature: 0 });
console.log("whole", whole.choices[0].message.content);

let text = "";
for await (const chunk of await client.chat.completions.create({ model, messages, temperature: 0, stream: true })) {
  text += chunk.choices[0]?.delta?.content ?? "";
}
console.log("stream", text);

const completion = await client.completions.create({ model, prompt: "Once", max_tokens: 3, ignore_eos: true });
console.log("completion", completion.usage.completion_tokens);

const embeddings = await client.embeddings.create({ model, input: ["a fox"] });
console.log("embedding", Math.hypot(...embeddings.data[0].embedding).toFixed(3));

for (const wrong of [
  { model: "other", messages },
  { model, messages, n: 17 },
]) {
  const error = await client.chat.completions.create(wrong).catch((error) => error);
  console.log("error", error.status, error.code, error.param);
}

const endless = await client.completions.create({ model, prompt: "Once", max_tokens: 400, ignore_eos: true, stream: true });
for await (const _ of endless) {
  endless.controller.abort();
  break;
}
console.log("models", (await client.models.list()).data.map((one) => one.id).join());

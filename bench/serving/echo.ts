import { createServer } from "node:http";

/*
 * Measures the cost of Node's HTTP server: reads a body and answers with a text as long as a model's. Takes the port to
 * listen on.
 */

const ANSWER = '{"predictions":[1]}';

createServer((request, response) => {
  request.on("data", () => undefined);
  request.on("end", () => {
    response.writeHead(200, { "Content-Type": "application/json", "Content-Length": ANSWER.length });
    response.end(ANSWER);
  });
}).listen(Number(process.argv[2]), "127.0.0.1");

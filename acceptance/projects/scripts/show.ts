const values: readonly string[] = process.argv.slice(2);
process.stdout.write(`given ${JSON.stringify(values)}\n`);

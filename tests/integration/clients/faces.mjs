// One face for what holds state in a connection: transactions, watching, blocking and subscriptions, of node-redis
// and ioredis, through each client's own methods.

class NodeRedisFace {
  constructor({ client, version }) {
    this.client = client;
    this.version = version;
  }

  async duplicate() {
    const other = this.client.duplicate();
    other.on('error', () => {});
    return new NodeRedisFace({ client: await other.connect(), version: this.version });
  }

  close() { return this.version === 4 ? this.client.quit() : this.client.close(); }

  // [[command, ...arguments]] -> replies
  transaction(commands) {
    return commands.reduce((multi, words) => multi.addCommand(words), this.client.multi()).exec();
  }

  // Adds 1 to what is there, without INCR; true when nobody came between.
  async watchedIncrement(key) {
    const increment = async (client) => {
      await client.watch(key);
      const value = Number(await client.get(key)) + 1;
      try {
        await client.multi().set(key, String(value)).exec();
        return true;
      } catch (error) {
        if (error.constructor.name !== 'WatchError') throw error;
        return false;
      }
    };
    return this.version === 4 ? this.client.executeIsolated(increment) : increment(this.client);
  }

  async pop(keys, seconds) {
    const found = await this.client.blPop(keys, seconds);
    return found && [found.key, found.element];
  }

  move(from, to, seconds) { return this.client.blMove(from, to, 'LEFT', 'RIGHT', seconds); }

  async popLowest(key, seconds) {
    const found = await this.client.bzPopMin(key, seconds);
    return found && [found.key, found.value, found.score];
  }

  async readGroup(group, consumer, key) {
    const reply = await this.client.xReadGroup(group, consumer, { key, id: '>' }, { BLOCK: 15000 });
    if (Array.isArray(reply)) return [reply[0].name, reply[0].messages.map(({ message }) => ({ ...message }))];
    const [[name, messages]] = Object.entries(reply);  // with RESP3 the client leaves the map as it came
    return [name, messages.map(([, [field, value]]) => ({ [field]: value }))];
  }

  async subscribe(channel, listener) {
    await this.client.subscribe(channel, (text, from) => listener(text, from));
    return () => this.client.unsubscribe(channel);
  }

  async subscribePattern(pattern, listener) {
    await this.client.pSubscribe(pattern, (text, from) => listener(text, from));
    return () => this.client.pUnsubscribe(pattern);
  }

  async subscribeShard(channel, listener) {
    await this.client.sSubscribe(channel, (text, from) => listener(text, from));
    return () => this.client.sUnsubscribe(channel);
  }

  publish(channel, text) { return this.client.publish(channel, text); }
  publishShard(channel, text) { return this.client.sPublish(channel, text); }
}

class IoRedisFace {
  constructor({ client }) { this.client = client; }

  async duplicate() {
    const other = this.client.duplicate();
    await other.connect();
    return new IoRedisFace({ client: other });
  }

  close() { return this.client.quit(); }

  async transaction(commands) {
    const replies = await commands.reduce((multi, words) => multi.call(...words), this.client.multi()).exec();
    const failed = replies.find(([error]) => error);
    if (failed) throw failed[0];
    return replies.map(([, reply]) => reply);
  }

  async watchedIncrement(key) {
    await this.client.watch(key);
    const value = Number(await this.client.get(key)) + 1;
    return (await this.client.multi().set(key, String(value)).exec()) !== null;
  }

  pop(keys, seconds) { return this.client.blpop(keys, seconds); }
  move(from, to, seconds) { return this.client.blmove(from, to, 'LEFT', 'RIGHT', seconds); }

  async popLowest(key, seconds) {
    const found = await this.client.bzpopmin(key, seconds);
    return found && [found[0], found[1], Number(found[2])];
  }

  async readGroup(group, consumer, key) {
    const [[name, messages]] = await this.client.xreadgroup(
      'GROUP', group, consumer, 'BLOCK', 15000, 'STREAMS', key, '>');
    return [name, messages.map(([, [field, value]]) => ({ [field]: value }))];
  }

  async listen(kind, event, name, listener) {
    const heard = (...args) => listener(args.at(-1), args.at(-2));
    this.client.on(event, heard);
    await this.client[kind](name);
    return async () => {
      await this.client[kind.replace('subscribe', 'unsubscribe')](name);
      this.client.off(event, heard);
    };
  }

  subscribe(channel, listener) { return this.listen('subscribe', 'message', channel, listener); }
  subscribePattern(pattern, listener) { return this.listen('psubscribe', 'pmessage', pattern, listener); }
  subscribeShard(channel, listener) { return this.listen('ssubscribe', 'smessage', channel, listener); }
  publish(channel, text) { return this.client.publish(channel, text); }
  publishShard(channel, text) { return this.client.spublish(channel, text); }
}

export const face = (adapter) => (adapter.version ? new NodeRedisFace(adapter) : new IoRedisFace(adapter));

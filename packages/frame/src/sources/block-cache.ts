/** Reads a contiguous run of blocks in one request. */
export type ReadRun = (start: number, end: number) => Promise<ArrayBuffer>;

export type BlockCacheOptions = {
  readonly byteLength: number;
  readonly blockBytes: number;
  /** The maximum number of blocks kept; the least recently used is dropped first. */
  readonly blockCountMax: number;
  readonly read: ReadRun;
};

/**
 * Serves byte ranges of a remote file from blocks of equal size. Adjacent missing blocks are fetched in one read, a
 * block being fetched is awaited rather than fetched twice, and a failed block is forgotten.
 */
export class BlockCache {
  private readonly options: BlockCacheOptions;
  /** Least recently used first. */
  private readonly blocks = new Map<number, Promise<Uint8Array>>();

  constructor(options: BlockCacheOptions) {
    this.options = options;
  }

  /** Stores the file's first block, which has already been fetched. */
  putFirst(bytes: Uint8Array): void {
    this.blocks.set(0, Promise.resolve(bytes));
  }

  async slice(start: number, end: number = this.options.byteLength): Promise<ArrayBuffer> {
    const { blockBytes, byteLength } = this.options;
    const stop = Math.min(end, byteLength);
    const out = new Uint8Array(Math.max(0, stop - start));
    if (out.length === 0) return out.buffer;
    const first = Math.floor(start / blockBytes);
    const blocks = await Promise.all(this.request(first, Math.floor((stop - 1) / blockBytes)));
    blocks.forEach((block, i) => {
      const blockStart = (first + i) * blockBytes;
      const piece = block.subarray(Math.max(0, start - blockStart), stop - blockStart);
      out.set(piece, Math.max(0, blockStart - start));
    });
    return out.buffer;
  }

  private request(first: number, last: number): Promise<Uint8Array>[] {
    for (let index = first; index <= last; index++) {
      if (this.blocks.has(index)) continue;
      let runEnd = index;
      while (runEnd < last && !this.blocks.has(runEnd + 1)) runEnd++;
      this.fetchRun(index, runEnd);
      index = runEnd;
    }
    const wanted: Promise<Uint8Array>[] = [];
    for (let index = first; index <= last; index++) wanted.push(this.use(index));
    this.evict();
    return wanted;
  }

  private fetchRun(first: number, last: number): void {
    const { blockBytes, byteLength, read } = this.options;
    const start = first * blockBytes;
    const run = read(start, Math.min((last + 1) * blockBytes, byteLength));
    for (let index = first; index <= last; index++) {
      const offset = (index - first) * blockBytes;
      const block = run.then((bytes) => new Uint8Array(bytes.slice(offset, offset + blockBytes)));
      this.blocks.set(index, block);
      block.catch(() => this.forget(index, block));
    }
  }

  private use(index: number): Promise<Uint8Array> {
    const block = this.blocks.get(index) ?? Promise.resolve(new Uint8Array());
    this.blocks.delete(index);
    this.blocks.set(index, block);
    return block;
  }

  private forget(index: number, block: Promise<Uint8Array>): void {
    if (this.blocks.get(index) === block) this.blocks.delete(index);
  }

  private evict(): void {
    for (const index of this.blocks.keys()) {
      if (this.blocks.size <= this.options.blockCountMax) return;
      this.blocks.delete(index);
    }
  }
}

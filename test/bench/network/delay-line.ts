/** How one direction of a line behaves. */
export interface DelayLineOptions {
  /** Seconds from the last bit of a packet being sent to its being delivered. */
  readonly delay: number;
  /** Bits a second. */
  readonly bandwidth: number;
  /** Bytes that may wait to be sent; what is more is dropped. */
  readonly backlog: number;
}

/** Bytes of the largest packet: an IPv4 packet of 64 KiB and its virtio header. */
export const largestPacket = 65_536 + 16;

/** Packets that may be under way at once. */
const mostPackets = 1 << 16;

/**
 * One direction of a line: packets are sent one after the other at its bandwidth, and delivered in their order a delay
 * later. Holds them in one piece of memory that it never leaves.
 */
export class DelayLine {
  readonly #options: DelayLineOptions;
  readonly #memory: Uint8Array;
  readonly #offsets = new Uint32Array(mostPackets);
  readonly #lengths = new Uint32Array(mostPackets);
  readonly #due = new Float64Array(mostPackets);
  /** Counts packets in and out; their place in the arrays is the rest by {@link mostPackets}. */
  #head = 0;
  #tail = 0;
  #end = 0;
  /** When the last packet will have been sent. */
  #free = 0;
  /** Packets that were dropped. */
  dropped = 0;

  constructor(options: DelayLineOptions) {
    this.#options = options;
    const underWay = (options.bandwidth / 8) * options.delay;
    // A packet for one of 20 bytes of the wire may take more of the memory: headers of virtio, gaps at the end.
    this.#memory = new Uint8Array(
      Math.ceil(1.5 * (underWay + options.backlog)) + 4 * largestPacket,
    );
  }

  /**
   * Takes a packet, or drops it.
   *
   * @param size Bytes that it takes on the line.
   * @param now Seconds.
   */
  send(packet: Uint8Array, size: number, now: number): void {
    const { delay, bandwidth, backlog } = this.#options;
    const start = Math.max(now, this.#free);
    const offset = this.#place(packet.length);
    if (((start - now) * bandwidth) / 8 > backlog || offset === undefined) {
      this.dropped++;
      return;
    }
    this.#free = start + (size * 8) / bandwidth;
    this.#memory.set(packet, offset);
    const slot = this.#tail++ % mostPackets;
    this.#offsets[slot] = offset;
    this.#lengths[slot] = packet.length;
    this.#due[slot] = this.#free + delay;
    this.#end = offset + packet.length;
  }

  /** When the next packet is due, in seconds; Infinity if there is none. */
  get due(): number {
    return this.#head === this.#tail ? Number.POSITIVE_INFINITY : this.#at(this.#due, this.#head);
  }

  /** Takes out the next packet if it is due; valid until the next call of {@link send}. */
  deliver(now: number): Uint8Array | undefined {
    if (this.due > now) return undefined;
    const offset = this.#at(this.#offsets, this.#head);
    const length = this.#at(this.#lengths, this.#head);
    this.#head++;
    return this.#memory.subarray(offset, offset + length);
  }

  /** Where there is room for so many bytes; undefined if there is none. */
  #place(length: number): number | undefined {
    if (this.#head === this.#tail) return 0;
    if (this.#tail - this.#head === mostPackets) return undefined;
    const begin = this.#at(this.#offsets, this.#head);
    if (this.#end > begin) {
      if (this.#end + length <= this.#memory.length) return this.#end;
      return length < begin ? 0 : undefined;
    }
    return this.#end + length < begin ? this.#end : undefined;
  }

  #at(values: Uint32Array | Float64Array, count: number): number {
    return values[count % mostPackets] ?? Number.NaN;
  }
}

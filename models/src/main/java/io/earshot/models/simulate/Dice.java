package io.earshot.models.simulate;

/**
 * Seeded random numbers of the simulator: SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
 *
 * <p>Same seed, same numbers on every machine and Java version: only integer arithmetic and {@link
 * StrictMath} are used. Streams are split by mixing a tag into the seed, so that a draw added to
 * one stream does not shift another.
 */
final class Dice {
  private static final long GOLDEN = 0x9e3779b97f4a7c15L;

  private final long seed;
  private long state;

  private Dice(long seed) {
    this.seed = seed;
    this.state = seed;
  }

  static Dice of(long seed, long tag) {
    return new Dice(mix(mix(seed + GOLDEN) ^ (tag * 0xd1342543de82ef95L)));
  }

  /** An independent stream; drawing from this one does not change what it yields. */
  Dice split(long tag) {
    return of(seed, tag);
  }

  private static long mix(long value) {
    long z = value;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  long nextLong() {
    state += GOLDEN;
    return mix(state);
  }

  /** Uniform in [0, 1). */
  double unit() {
    return (nextLong() >>> 11) * 0x1p-53;
  }

  double uniform(double low, double high) {
    return low + (high - low) * unit();
  }

  /** Uniform over the integers from low to high, both included. */
  int between(int low, int high) {
    return low + (int) Math.floor(unit() * ((double) high - low + 1));
  }

  boolean chance(double probability) {
    return unit() < probability;
  }

  double gaussian() {
    double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - unit()));
    return radius * StrictMath.cos(2 * Math.PI * unit());
  }

  double logNormal(double median, double sigma) {
    return median * StrictMath.exp(sigma * gaussian());
  }

  double exponential(double mean) {
    return -mean * StrictMath.log(1 - unit());
  }

  /** Uniform duration between two numbers of milliseconds, in nanoseconds. */
  long millis(double low, double high) {
    return Math.round(uniform(low, high) * 1e6);
  }

  /** Uniform duration between two numbers of seconds, in nanoseconds. */
  long seconds(double low, double high) {
    return Math.round(uniform(low, high) * 1e9);
  }

  /** Index drawn with probability proportional to its weight. */
  int weighted(double... weights) {
    double sum = 0;
    for (double weight : weights) {
      sum += weight;
    }
    double at = unit() * sum;
    for (int i = 0; i < weights.length - 1; i++) {
      at -= weights[i];
      if (at < 0) {
        return i;
      }
    }
    return weights.length - 1;
  }

  void fill(byte[] bytes, int from, int to) {
    long word = 0;
    for (int i = from; i < to; i++) {
      if (((i - from) & 7) == 0) {
        word = nextLong();
      }
      bytes[i] = (byte) word;
      word >>>= 8;
    }
  }
}

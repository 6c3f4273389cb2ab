package dev.parley.bench.own;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A request that comes at some time.
 *
 * @param seconds after the first one
 * @param newTokens that it wants
 */
record Arrival(double seconds, int newTokens) {

  /**
   * Draws requests: the time between two is exponential, and the logarithm of the lengths uniform,
   * since most answers are short and some are long.
   *
   * @param count how many
   * @param meanGap seconds between two, on average
   * @param shortest fewest new tokens
   * @param longest most new tokens
   * @param seed the same seed gives the same requests
   * @return in the order in which they come, the first at 0
   */
  static List<Arrival> draw(int count, double meanGap, int shortest, int longest, long seed) {
    Random random = new Random(seed);
    List<Arrival> arrivals = new ArrayList<>();
    double seconds = 0;
    for (int i = 0; i < count; i++) {
      double octaves = random.nextDouble() * Math.log((double) longest / shortest);
      arrivals.add(new Arrival(seconds, (int) Math.round(shortest * Math.exp(octaves))));
      seconds -= meanGap * Math.log(1 - random.nextDouble());
    }
    return List.copyOf(arrivals);
  }

  /**
   * Counts the requests that may join now.
   *
   * @param arrivals all requests
   * @param next the first that has not joined
   * @param now seconds after the first one came
   */
  static int waiting(List<Arrival> arrivals, int next, double now) {
    int end = next;
    while (end < arrivals.size() && arrivals.get(end).seconds() <= now) {
      end++;
    }
    return end - next;
  }
}

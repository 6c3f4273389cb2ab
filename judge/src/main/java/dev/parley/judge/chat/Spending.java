package dev.parley.judge.chat;

/**
 * What questions have cost so far.
 *
 * @param answers answers that the endpoint gave
 * @param kept answers that were found on disk, which cost nothing
 * @param retries questions that were asked again, since the endpoint was busy or broken
 * @param failures questions that got no answer at all
 * @param promptTokens tokens of questions, as the endpoint counts them
 * @param completionTokens tokens of answers
 * @param uncounted answers whose tokens the endpoint did not count
 * @param cost by the endpoint's prices
 */
public record Spending(
    long answers,
    long kept,
    long retries,
    long failures,
    long promptTokens,
    long completionTokens,
    long uncounted,
    double cost) {

  /** Nothing yet. */
  static final Spending NONE = new Spending(0, 0, 0, 0, 0, 0, 0, 0);

  Spending withAnswer(ChatReply reply, Prices prices) {
    long asked = Math.max(0, reply.promptTokens());
    long said = Math.max(0, reply.completionTokens());
    boolean counted = reply.promptTokens() >= 0 && reply.completionTokens() >= 0;
    return new Spending(
        answers + 1,
        kept,
        retries,
        failures,
        promptTokens + asked,
        completionTokens + said,
        uncounted + (counted ? 0 : 1),
        cost + prices.of(asked, said));
  }

  Spending withKept() {
    return new Spending(
        answers, kept + 1, retries, failures, promptTokens, completionTokens, uncounted, cost);
  }

  Spending withRetry() {
    return new Spending(
        answers, kept, retries + 1, failures, promptTokens, completionTokens, uncounted, cost);
  }

  Spending withFailure() {
    return new Spending(
        answers, kept, retries, failures + 1, promptTokens, completionTokens, uncounted, cost);
  }
}

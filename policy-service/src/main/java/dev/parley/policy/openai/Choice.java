package dev.parley.policy.openai;

import dev.parley.model.generation.FinishReason;
import dev.parley.policy.generation.GeneratedSample;
import dev.parley.policy.generation.TokenScores;
import dev.parley.policy.generation.VersionSpan;
import dev.parley.policy.serving.ServedVersion;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * One finished answer.
 *
 * @param index among all answers to all prompts of the request
 * @param prompt the prompt's token ids
 * @param echo the prompt's text, if it stands before the answer
 * @param sample the answer
 * @param scores log-probabilities of the answer's tokens, and of the prompt's but the first if they
 *     are echoed; empty if those that it was drawn with are enough
 */
record Choice(
    int index,
    int[] prompt,
    Optional<String> echo,
    GeneratedSample sample,
    Optional<TokenScores> scores) {

  /** Returns the answer to a request for no tokens. */
  static GeneratedSample nothing(int index, ServedVersion version) {
    return new GeneratedSample(
        index,
        new int[0],
        new float[0],
        new float[0],
        "",
        FinishReason.LENGTH,
        0,
        List.of(new VersionSpan(0, version)));
  }

  /** Returns prompt and answer, one after the other. */
  static int[] joined(int[] prompt, int[] answer) {
    int[] all = Arrays.copyOf(prompt, prompt.length + answer.length);
    System.arraycopy(answer, 0, all, prompt.length, answer.length);
    return all;
  }

  /** Returns the tokens that are in the text. */
  int[] tokens() {
    return echo.isPresent() ? joined(prompt, sample.tokens()) : sample.tokens();
  }

  /** Returns the text. */
  String text() {
    return echo.orElse("") + sample.text();
  }

  /** Returns the weights that made its last token. */
  ServedVersion version() {
    return sample.versions().get(sample.versions().size() - 1).version();
  }
}

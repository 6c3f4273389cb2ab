package dev.parley.cli.quickstart;

import dev.parley.cli.answers.LocalModel;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.model.generation.Generation;
import dev.parley.model.generation.SamplingOptions;
import dev.parley.model.generation.Sequence;
import dev.parley.model.text.ChatMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Answers of a model to questions of the household task. */
final class Answers {

  /** Longer than any answer that the task's grammar makes. */
  static final int MAX_NEW_TOKENS = 64;

  private Answers() {}

  /** Draws one answer to each question. */
  static List<String> draw(LocalModel model, List<String> questions, long seed) {
    return sequences(model, questions, seed).stream()
        .map(sequence -> text(model, sequence))
        .toList();
  }

  /** Draws one answer to each question, with its log-probabilities. */
  static List<Sequence> sequences(LocalModel model, List<String> questions, long seed) {
    TokenBatch prompts = TokenBatch.of(questions.stream().map(q -> prompt(model, q)).toList());
    return Generation.all(
        model.model(), prompts, SamplingOptions.plain(MAX_NEW_TOKENS, model.endOfSequence(), seed));
  }

  static String text(LocalModel model, Sequence sequence) {
    return model.tokenizer().decode(sequence.tokens(), true).strip();
  }

  private static int[] prompt(LocalModel model, String question) {
    return model.prompt(List.of(new ChatMessage("user", question)));
  }

  /**
   * Measures how far a model has moved from another on its own answers.
   *
   * @param policy drew the answers
   * @param reference the model that it started from
   * @param questions what was asked
   * @param answers what the policy drew
   * @return Σ (log π − log π_ref) of each answer, nats
   */
  static List<Double> kl(
      LocalModel policy, LocalModel reference, List<String> questions, List<Sequence> answers) {
    List<int[]> rows = new ArrayList<>();
    for (int i = 0; i < answers.size(); i++) {
      IntStream prompt = IntStream.of(prompt(policy, questions.get(i)));
      rows.add(IntStream.concat(prompt, IntStream.of(answers.get(i).tokens())).toArray());
    }
    List<float[]> referenceLogProbs = reference.model().logProbs(TokenBatch.of(rows), 1);
    List<Double> kl = new ArrayList<>();
    for (int i = 0; i < answers.size(); i++) {
      float[] own = answers.get(i).modelLogProbs();
      float[] all = referenceLogProbs.get(i);
      double sum = 0;
      for (int t = 0; t < own.length; t++) {
        sum += own[t] - all[all.length - own.length + t];
      }
      kl.add(sum);
    }
    return kl;
  }
}

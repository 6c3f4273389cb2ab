package dev.parley.cli.answers;

import dev.parley.model.generation.FinishReason;
import dev.parley.model.generation.Generator;
import dev.parley.model.generation.SamplingOptions;
import dev.parley.model.generation.Sequence;
import dev.parley.model.text.TextStream;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Draws one answer, handing out its text as it grows. */
final class AnswerStream implements Sequence.Listener {

  private final TextStream stream;
  private final Consumer<String> output;
  private final StringBuilder text = new StringBuilder();
  private int tokens;
  private FinishReason reason;

  private AnswerStream(LocalModel model, List<String> stopStrings, Consumer<String> output) {
    this.stream = model.tokenizer().stream(stopStrings, true);
    this.output = output;
  }

  /**
   * What was answered.
   *
   * @param text the whole answer
   * @param tokens how many it has
   * @param reason why it ended
   */
  record Answer(String text, int tokens, FinishReason reason) {}

  /**
   * Answers a prompt.
   *
   * @param model the model
   * @param generator its generator, which is idle
   * @param prompt tokens
   * @param options how to draw
   * @param stopStrings texts that end the answer
   * @param output takes pieces of text
   */
  static Answer answer(
      LocalModel model,
      Generator generator,
      int[] prompt,
      SamplingOptions options,
      List<String> stopStrings,
      Consumer<String> output) {
    AnswerStream answer = new AnswerStream(model, stopStrings, output);
    generator.submit(new Sequence(prompt, options, answer));
    while (generator.step()) {
      answer.tokens++;
    }
    return new Answer(answer.text.toString(), answer.tokens, answer.reason);
  }

  @Override
  public Optional<FinishReason> onToken(Sequence sequence) {
    return take(stream.push(sequence.lastToken()))
        ? Optional.of(FinishReason.STOP_STRING)
        : Optional.empty();
  }

  @Override
  public void onFinish(Sequence sequence, FinishReason finished) {
    reason = finished;
    if (finished != FinishReason.STOP_STRING) {
      take(stream.finish());
    }
  }

  private boolean take(TextStream.Piece piece) {
    text.append(piece.text());
    output.accept(piece.text());
    return piece.stop().isPresent();
  }
}

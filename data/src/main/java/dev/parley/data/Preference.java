package dev.parley.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Two answers to one prompt, and which is better.
 *
 * @param prompt the turns that both answers continue
 * @param chosen the better answer's turns
 * @param rejected the other answer's turns
 * @param margin how much better, in the units that the annotation uses; empty if nobody said
 * @param tie true if neither is better; chosen and rejected are then in no order
 * @param source who judged
 * @param annotator name of the person, the rule, or the model with its version; empty if nobody
 *     said
 * @param confidence how likely chosen is the better one, ½ to 1, as a judge's log-probabilities
 *     say; empty if nobody said, which counts as 1
 */
public record Preference(
    List<ChatTurn> prompt,
    List<ChatTurn> chosen,
    List<ChatTurn> rejected,
    OptionalDouble margin,
    boolean tie,
    PreferenceSource source,
    String annotator,
    OptionalDouble confidence)
    implements Example {

  /**
   * Checks and copies the turns.
   *
   * @throws InvalidExampleException if the turns do not make a prompt with two different answers,
   *     or the margin means nothing
   */
  public Preference {
    prompt = List.copyOf(prompt);
    chosen = List.copyOf(chosen);
    rejected = List.copyOf(rejected);
    Turns.requirePrompt(prompt);
    Turns.requireAnswer("chosen", chosen);
    Turns.requireAnswer("rejected", rejected);
    if (!tie && chosen.equals(rejected)) {
      throw new InvalidExampleException(
          Defect.SAME_ANSWERS,
          "chosen and rejected are the same text; expected two different answers, or \"tie\": true");
    }
    if (margin.isPresent()
        && !(margin.getAsDouble() >= 0 && margin.getAsDouble() < Double.POSITIVE_INFINITY)) {
      throw new InvalidExampleException(
          Defect.WRONG_VALUE,
          "margin is " + margin.getAsDouble() + "; expected a finite number, zero or more");
    }
    if (confidence.isPresent()
        && !(confidence.getAsDouble() >= 0.5 && confidence.getAsDouble() <= 1)) {
      throw new InvalidExampleException(
          Defect.WRONG_VALUE,
          "confidence is "
              + confidence.getAsDouble()
              + "; expected 0.5 to 1, how likely chosen is the better answer");
    }
    if (tie && margin.orElse(0) != 0) {
      throw new InvalidExampleException(
          Defect.WRONG_VALUE,
          "a tie has the margin " + margin.getAsDouble() + "; expected none, or no tie");
    }
  }

  /** A pair whose judge did not say how sure it is. */
  public Preference(
      List<ChatTurn> prompt,
      List<ChatTurn> chosen,
      List<ChatTurn> rejected,
      OptionalDouble margin,
      boolean tie,
      PreferenceSource source,
      String annotator) {
    this(prompt, chosen, rejected, margin, tie, source, annotator, OptionalDouble.empty());
  }

  /** A pair of one-turn answers without margin, judge or tie. */
  public static Preference of(List<ChatTurn> prompt, String chosen, String rejected) {
    return new Preference(
        prompt,
        List.of(ChatTurn.assistant(chosen)),
        List.of(ChatTurn.assistant(rejected)),
        OptionalDouble.empty(),
        false,
        PreferenceSource.UNKNOWN,
        "");
  }

  /**
   * The chosen answer as something to imitate, which is how a first policy is often made from
   * pairs.
   *
   * @throws InvalidExampleException if the chosen answer's last turn is empty
   */
  public Demonstration chosenAsDemonstration() {
    List<ChatTurn> whole = new ArrayList<>(prompt);
    whole.addAll(chosen);
    return new Demonstration(whole, annotator);
  }

  @Override
  public PromptRow asPrompt() {
    return new PromptRow(prompt, Optional.empty(), Map.of());
  }

  @Override
  public String kind() {
    return "preference";
  }
}

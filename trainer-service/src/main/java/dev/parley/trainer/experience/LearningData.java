package dev.parley.trainer.experience;

import dev.parley.data.ChatTurn;
import dev.parley.data.Example;
import dev.parley.data.Fingerprint;
import dev.parley.data.Preference;
import dev.parley.data.PreferenceSource;
import dev.parley.data.PromptRow;
import dev.parley.data.Ranking;
import dev.parley.data.Solution;
import dev.parley.data.Split;
import dev.parley.data.Verdict;
import dev.parley.data.file.Dataset;
import dev.parley.data.file.DatasetReader;
import dev.parley.data.file.ReadOptions;
import dev.parley.data.spelling.Spelling;
import dev.parley.model.text.AnswerPieces;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import java.util.function.DoubleFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * Rows of data files as tokens, split by prompt into those to learn from and those to measure on.
 *
 * @param train to learn from
 * @param heldOut to measure on
 * @param skipped bad rows, which could not be read
 * @param leftOut rows that could be read, but are of no use here, by reason
 * @param <T> what a row becomes
 */
public record LearningData<T>(
    List<T> train, List<T> heldOut, long skipped, Map<LeftOut, Long> leftOut) {

  /** Copies the collections. */
  public LearningData {
    train = List.copyOf(train);
    heldOut = List.copyOf(heldOut);
    leftOut = Map.copyOf(leftOut);
  }

  /**
   * Which rows to read and how to divide them.
   *
   * @param files files, directories or patterns
   * @param skipBad whether bad rows are counted rather than stopping
   * @param split into rows to learn from and rows to measure on
   * @param maxTokens longer rows are left out
   */
  public record Source(List<String> files, boolean skipBad, Split split, int maxTokens) {

    private Dataset dataset() {
      return Dataset.of(files.toArray(String[]::new));
    }

    private ReadOptions options() {
      return skipBad ? ReadOptions.skippingBad() : ReadOptions.strict();
    }
  }

  /** Two answers to one prompt as tokens, each with the whole conversation before it. */
  public record Pair(int[] chosen, int[] rejected, double margin) {

    /** Returns the tokens of both. */
    public int tokens() {
      return chosen.length + rejected.length;
    }

    /** Returns the tokens of the longer one. */
    public int longest() {
      return Math.max(chosen.length, rejected.length);
    }
  }

  /**
   * A pair with what was said about it.
   *
   * @param pair the answers; of a tie in no order
   * @param tie whether neither is better
   * @param source who judged
   * @param prompt stands for the prompt: pairs of one prompt have the same
   * @param row number of the row, from 0: pairs of one ranking have the same
   * @param confidence how likely the chosen answer is the better one, ½ to 1
   */
  public record JudgedPair(
      Pair pair,
      boolean tie,
      PreferenceSource source,
      Fingerprint prompt,
      long row,
      double confidence) {}

  /** What an example becomes, and why it is left out, if it is. */
  private record Encoded<T>(T value, Optional<LeftOut> leftOut) {}

  /**
   * An answer with numbers.
   *
   * @param tokens the whole conversation
   * @param scores how good it is by each of K attributes, {@code [K]}; not a number where nobody
   *     said
   */
  public record Rated(int[] tokens, double[] scores) implements ScoredRow {

    /** Returns how many of the attributes it was rated by. */
    public int ratings() {
      return (int) Arrays.stream(scores).filter(score -> !Double.isNaN(score)).count();
    }

    @Override
    public List<int[]> sequences() {
      return List.of(tokens);
    }

    @Override
    public int[] scored() {
      return new int[] {tokens.length - 1};
    }
  }

  /**
   * An answer in steps of which some are labelled.
   *
   * @param tokens prompt and steps
   * @param ends index of the last token of each labelled step, {@code [S]}
   * @param labels of these steps, 0 (wrong) to 1 (right), {@code [S]}
   */
  public record LabelledSteps(int[] tokens, int[] ends, double[] labels) implements ScoredRow {

    @Override
    public List<int[]> sequences() {
      return List.of(tokens);
    }

    @Override
    public int[] scored() {
      return ends;
    }
  }

  /**
   * A prompt as turns and as tokens.
   *
   * @param row the turns, with what a verifier compares answers with
   * @param tokens as the policy will read them
   */
  public record EncodedPrompt(PromptRow row, int[] tokens) {}

  /**
   * Reads demonstrations.
   *
   * @throws IllegalArgumentException if no row is left to learn from
   */
  public static LearningData<LearningSequence> demonstrations(
      Source source, ConversationEncoder encoder) {
    return collect(
        source,
        source.dataset().demonstrations(source.options()),
        row -> encoder.conversation(row.conversation()),
        (row, sequence) ->
            sequence.tokens().length > source.maxTokens()
                ? Optional.of(LeftOut.TOO_LONG)
                : Optional.of(LeftOut.NOTHING_TO_LEARN).filter(reason -> sequence.count() == 0));
  }

  /**
   * Reads preferences and rankings, of which each answer is encoded once.
   *
   * @param ties whether ties, which say that neither answer is better, are learnt from; they are
   *     never measured on, and else left out
   * @throws IllegalArgumentException if no row is left to learn from
   */
  public static LearningData<JudgedPair> judgedPairs(
      Source source, ConversationEncoder encoder, boolean ties) {
    AtomicLong rows = new AtomicLong();
    return collectAll(
        source,
        source.dataset().comparisons(source.options()),
        example -> {
          long row = rows.getAndIncrement();
          Fingerprint prompt = Fingerprint.of(example.prompt());
          boolean tiesWanted = ties && source.split().sideOf(example) == Split.Side.TRAIN;
          Function<List<ChatTurn>, int[]> tokens =
              once(answer -> encoder.conversation(joined(example.prompt(), answer)).tokens());
          return pairs(example).stream()
              .map(
                  said -> {
                    Pair pair =
                        new Pair(
                            tokens.apply(said.chosen()),
                            tokens.apply(said.rejected()),
                            said.margin().orElse(0));
                    return new Encoded<>(
                        new JudgedPair(
                            pair,
                            said.tie(),
                            said.source(),
                            prompt,
                            row,
                            said.confidence().orElse(1)),
                        said.tie() && !tiesWanted
                            ? Optional.of(LeftOut.TIE)
                            : Optional.of(LeftOut.TOO_LONG)
                                .filter(reason -> pair.longest() > source.maxTokens()));
                  })
              .toList();
        });
  }

  /** The pairs that a preference or a ranking says something about. */
  private static List<Preference> pairs(Example comparison) {
    return comparison instanceof Ranking ranking
        ? ranking.pairs()
        : List.of((Preference) comparison);
  }

  /** Encodes an answer when it is first seen. */
  private static <T> Function<List<ChatTurn>, T> once(Function<List<ChatTurn>, T> encoding) {
    Map<List<ChatTurn>, T> encoded = new HashMap<>();
    return answer -> encoded.computeIfAbsent(answer, encoding);
  }

  /**
   * Reads ratings.
   *
   * @param attributes the scores that are wanted, in the order in which rows get them; rows without
   *     any are left out
   * @throws IllegalArgumentException if no row is left to learn from, or none has one of the scores
   */
  public static LearningData<Rated> ratings(
      Source source, ConversationEncoder encoder, List<String> attributes) {
    Set<String> known = new TreeSet<>();
    LearningData<Rated> data =
        read(
            source,
            source.dataset().ratings(source.options()),
            row -> {
              known.addAll(row.scores().keySet());
              Rated rated =
                  new Rated(
                      encoder.conversation(joined(row.prompt(), row.answer())).tokens(),
                      attributes.stream()
                          .mapToDouble(name -> row.scores().getOrDefault(name, Double.NaN))
                          .toArray());
              return List.of(
                  new Encoded<>(
                      rated,
                      rated.ratings() == 0
                          ? Optional.of(LeftOut.NOT_LABELLED)
                          : Optional.of(LeftOut.TOO_LONG)
                              .filter(reason -> rated.tokens().length > source.maxTokens())));
            });
    for (String attribute : attributes) {
      if (!known.isEmpty() && !known.contains(attribute)) {
        throw new IllegalArgumentException(
            "no row of %s has a score \"%s\"; there are %s: did you mean \"%s\"?"
                .formatted(
                    source.files(),
                    attribute,
                    String.join(", ", known),
                    Spelling.nearest(attribute, known)));
      }
    }
    return requireAny(source, data);
  }

  /**
   * Reads solutions.
   *
   * @param separator what stands after each step
   * @param label what a step's label means to the recipe; empty if the step is not learnt from
   * @throws IllegalArgumentException if no row is left to learn from
   */
  public static LearningData<LabelledSteps> solutions(
      Source source,
      TemplateEncoder encoder,
      String separator,
      DoubleFunction<OptionalDouble> label) {
    return collect(
        source,
        source.dataset().solutions(source.options()),
        row -> labelled(row, encoder, separator, label),
        (row, solution) ->
            solution.labels().length == 0
                ? Optional.of(LeftOut.NOT_LABELLED)
                : Optional.of(LeftOut.TOO_LONG)
                    .filter(reason -> solution.tokens().length > source.maxTokens()));
  }

  private static LabelledSteps labelled(
      Solution row,
      TemplateEncoder encoder,
      String separator,
      DoubleFunction<OptionalDouble> label) {
    List<String> pieces =
        row.steps().stream().map(step -> step.text().strip() + separator).toList();
    AnswerPieces encoded = encoder.pieces(row.prompt(), pieces);
    IntStream.Builder ends = IntStream.builder();
    DoubleStream.Builder labels = DoubleStream.builder();
    for (int i = 0; i < pieces.size(); i++) {
      OptionalDouble given = row.steps().get(i).label();
      OptionalDouble wanted = given.isPresent() ? label.apply(given.getAsDouble()) : given;
      if (wanted.isPresent()) {
        ends.add(encoded.ends()[i]);
        labels.add(wanted.getAsDouble());
      }
    }
    return new LabelledSteps(encoded.ids(), ends.build().toArray(), labels.build().toArray());
  }

  /**
   * Reads preferences for a policy, which learns the answers' own tokens; of a ranking, all of its
   * pairs. A tie says nothing about which answer is better, and is left out.
   *
   * @throws IllegalArgumentException if no row is left to learn from
   */
  public static LearningData<AnswerPair> answerPairs(Source source, ConversationEncoder encoder) {
    return collectAll(
        source,
        source.dataset().comparisons(source.options()),
        example -> {
          Function<List<ChatTurn>, LearningSequence> tokens =
              once(answer -> encoder.answer(example.prompt(), answer));
          return pairs(example).stream()
              .map(
                  said -> {
                    AnswerPair pair =
                        new AnswerPair(
                            tokens.apply(said.chosen()),
                            tokens.apply(said.rejected()),
                            said.confidence().orElse(1));
                    return new Encoded<>(
                        pair, said.tie() ? Optional.of(LeftOut.TIE) : unusable(source, pair));
                  })
              .toList();
        });
  }

  /**
   * Reads answers with a verdict each. A preference gives two: the chosen answer as a good one, the
   * rejected one as a bad one.
   *
   * @throws IllegalArgumentException if no row is left to learn from
   */
  public static LearningData<JudgedAnswer> judgedAnswers(
      Source source, ConversationEncoder encoder) {
    LearningData<List<JudgedAnswer>> rows =
        collect(
            source,
            source.dataset().verdicts(source.options()),
            row -> judged(row, encoder),
            (row, answers) ->
                row instanceof Preference pair && pair.tie()
                    ? Optional.of(LeftOut.TIE)
                    : answers.stream()
                        .flatMap(answer -> unusable(source, answer).stream())
                        .findFirst());
    return new LearningData<>(
        rows.train().stream().flatMap(List::stream).toList(),
        rows.heldOut().stream().flatMap(List::stream).toList(),
        rows.skipped(),
        rows.leftOut());
  }

  private static List<JudgedAnswer> judged(Example row, ConversationEncoder encoder) {
    if (row instanceof Verdict verdict) {
      LearningSequence answer = encoder.answer(verdict.prompt(), verdict.answer());
      return List.of(new JudgedAnswer(answer, verdict.desirable(), 1));
    }
    Preference pair = (Preference) row;
    double confidence = pair.confidence().orElse(1);
    return List.of(
        new JudgedAnswer(encoder.answer(pair.prompt(), pair.chosen()), true, confidence),
        new JudgedAnswer(encoder.answer(pair.prompt(), pair.rejected()), false, confidence));
  }

  private static Optional<LeftOut> unusable(Source source, AnswerRow row) {
    if (row.longest() > source.maxTokens()) {
      return Optional.of(LeftOut.TOO_LONG);
    }
    return row.answers().stream().anyMatch(answer -> answer.count() == 0)
        ? Optional.of(LeftOut.NOTHING_TO_LEARN)
        : Optional.empty();
  }

  /**
   * Reads prompts; of demonstrations and preferences, the prompts.
   *
   * @throws IllegalArgumentException if no row is left
   */
  public static LearningData<EncodedPrompt> prompts(Source source, ConversationEncoder encoder) {
    return collect(
        source,
        source.dataset().prompts(source.options()),
        row -> new EncodedPrompt(row, encoder.prompt(row.prompt())),
        (row, prompt) ->
            Optional.of(LeftOut.TOO_LONG)
                .filter(reason -> prompt.tokens().length > source.maxTokens()));
  }

  private static <E extends Example, T> LearningData<T> collect(
      Source source,
      DatasetReader<E> reader,
      Function<E, T> encoding,
      BiFunction<E, T, Optional<LeftOut>> reason) {
    return collectAll(
        source,
        reader,
        example -> {
          T encoded = encoding.apply(example);
          return List.of(new Encoded<>(encoded, reason.apply(example, encoded)));
        });
  }

  private static <E extends Example, T> LearningData<T> collectAll(
      Source source, DatasetReader<E> reader, Function<E, List<Encoded<T>>> encoding) {
    return requireAny(source, read(source, reader, encoding));
  }

  private static <E extends Example, T> LearningData<T> read(
      Source source, DatasetReader<E> reader, Function<E, List<Encoded<T>>> encoding) {
    List<T> train = new ArrayList<>();
    List<T> heldOut = new ArrayList<>();
    Map<LeftOut, Long> leftOut = new EnumMap<>(LeftOut.class);
    try (reader) {
      while (reader.hasNext()) {
        E example = reader.next().example();
        List<T> side = source.split().sideOf(example) == Split.Side.TRAIN ? train : heldOut;
        for (Encoded<T> encoded : encoding.apply(example)) {
          if (encoded.leftOut().isPresent()) {
            leftOut.merge(encoded.leftOut().get(), 1L, Long::sum);
          } else {
            side.add(encoded.value());
          }
        }
      }
      return new LearningData<>(train, heldOut, reader.skipped().total(), leftOut);
    }
  }

  private static <T> LearningData<T> requireAny(Source source, LearningData<T> data) {
    if (data.train().isEmpty()) {
      throw new IllegalArgumentException(
          "there is no row to learn from in "
              + source.files()
              + "; "
              + data.heldOut().size()
              + " are held out, left out: "
              + data.describeLeftOut());
    }
    return data;
  }

  /**
   * Leaves out what is not wanted, and counts it.
   *
   * @param wanted what stays
   * @param otherwise why the rest is left out
   * @throws IllegalArgumentException if no row is left to learn from
   */
  public LearningData<T> only(Predicate<T> wanted, LeftOut otherwise) {
    List<T> learnt = train.stream().filter(wanted).toList();
    List<T> measured = heldOut.stream().filter(wanted).toList();
    Map<LeftOut, Long> reasons = new EnumMap<>(LeftOut.class);
    reasons.putAll(leftOut);
    long gone = (long) train.size() + heldOut.size() - learnt.size() - measured.size();
    if (gone > 0) {
      reasons.merge(otherwise, gone, Long::sum);
    }
    LearningData<T> data = new LearningData<>(learnt, measured, skipped, reasons);
    if (learnt.isEmpty()) {
      throw new IllegalArgumentException(
          "there is no row to learn from; %d are held out, left out: %s"
              .formatted(measured.size(), data.describeLeftOut()));
    }
    return data;
  }

  /** Returns all rows, those to learn from first. */
  public List<T> all() {
    return joined(train, heldOut);
  }

  /** Returns the same with rows in another form, made of those to learn from and the others. */
  public <U> LearningData<U> with(Function<List<T>, List<U>> form) {
    return new LearningData<>(form.apply(train), form.apply(heldOut), skipped, leftOut);
  }

  /** Says how many rows are left out, and why: {@code "3 too long, 1 bad"}. */
  public String describeLeftOut() {
    List<String> parts = new ArrayList<>();
    for (LeftOut reason : LeftOut.values()) {
      if (leftOut.containsKey(reason)) {
        parts.add(leftOut.get(reason) + " " + reason);
      }
    }
    if (skipped > 0) {
      parts.add(skipped + " bad");
    }
    return parts.isEmpty() ? "none" : String.join(", ", parts);
  }

  private static <T> List<T> joined(List<T> first, List<T> second) {
    List<T> all = new ArrayList<>(first);
    all.addAll(second);
    return all;
  }
}

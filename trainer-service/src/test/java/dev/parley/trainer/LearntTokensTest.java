package dev.parley.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.parley.data.ChatTurn;
import dev.parley.model.text.Tokenizer;
import dev.parley.proto.Topics;
import dev.parley.proto.kafka.TestBroker;
import dev.parley.proto.rollout.v1.Completion;
import dev.parley.proto.rollout.v1.Rollout;
import dev.parley.trainer.experience.TemplateEncoder;
import dev.parley.trainer.preference.PairVariant;
import dev.parley.trainer.recipe.RecipeName;
import dev.parley.trainer.recipe.simpo.SimPoLoss;
import dev.parley.trainer.toy.SharedBroker;
import dev.parley.trainer.toy.ToyFiles;
import dev.parley.trainer.toy.ToyModels;
import dev.parley.trainer.toy.ToyPolicy;
import dev.parley.trainer.toy.ToyRollouts;
import dev.parley.trainer.toy.ToyRun;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every recipe is given a conversation with a system prompt and several turns, and learns from the
 * assistant's tokens that it should, and from no others: after one update of a model in which
 * positions do not see each other, the positions whose weights have changed are those.
 *
 * <p>In the texts here ⟦ and ⟧ stand around the tokens that are to be learnt, or scored.
 */
@ExtendWith(SharedBroker.class)
class LearntTokensTest {

  private static final List<ChatTurn> TURNS =
      List.of(
          new ChatTurn("system", "Be brief."),
          ChatTurn.user("Hi"),
          ChatTurn.assistant("Yes."),
          ChatTurn.user("And?"));

  /** The same as the template has it. */
  private static final String WRITTEN =
      "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"
          + "<|im_start|>assistant\nYes.<|im_end|>\n<|im_start|>user\nAnd?<|im_end|>\n"
          + "<|im_start|>assistant\n";

  /** An answer that goes on for two turns, with the user's between them. */
  private static final List<ChatTurn> GOOD =
      List.of(ChatTurn.assistant("No."), ChatTurn.user("Why?"), ChatTurn.assistant("It is so."));

  /** Longer than the first turn of the other, so that each has tokens where the other has none. */
  private static final List<ChatTurn> BAD = List.of(ChatTurn.assistant("Maybe not."));

  private static final List<String> BOTH_LEARNT =
      List.of(
          WRITTEN
              + "⟦No.<|im_end|>⟧\n<|im_start|>user\nWhy?<|im_end|>\n"
              + "<|im_start|>assistant\n⟦It is so.<|im_end|>⟧\n",
          WRITTEN + "⟦Maybe not.<|im_end|>⟧\n");

  private static final List<String> BOTH_SCORED =
      List.of(
          WRITTEN
              + "No.<|im_end|>\n<|im_start|>user\nWhy?<|im_end|>\n"
              + "<|im_start|>assistant\nIt is so.<|im_end|>⟦\n⟧",
          WRITTEN + "Maybe not.<|im_end|>⟦\n⟧");

  /** Tokens of an answer that a policy draws. */
  private static final int DRAWN = 6;

  /** The one of them that it did not choose, as where a tool speaks. */
  private static final int NOT_CHOSEN = 2;

  private static final List<String> DRAWN_LEARNT = List.of(WRITTEN + "⟦12⟧3⟦456⟧");

  @TempDir private static Path shared;
  private static Path model;

  /** Another one: where both agree, some losses of pairs have no gradient. */
  private static Path reference;

  @TempDir private Path directory;
  private TestBroker broker;

  @BeforeAll
  static void model() {
    model = ToyModels.withoutAttention(shared.resolve("model"), 1);
    reference = ToyModels.withoutAttention(shared.resolve("reference"), 2);
  }

  @BeforeEach
  void remember(TestBroker started) {
    broker = started;
  }

  static List<Arguments> recipes() {
    return Stream.of(RecipeName.values())
        .flatMap(recipe -> variants(recipe).map(variant -> arguments(recipe, variant)))
        .toList();
  }

  private static Stream<List<String>> variants(RecipeName recipe) {
    return switch (recipe) {
      case DPO ->
          Stream.of(PairVariant.values())
              .map(
                  variant ->
                      List.of(
                          "dpo.variant=" + setting(variant),
                          "dpo.label-smoothing=" + (variant.smoothsLabels() ? 0.1 : 0)));
      case SIMPO ->
          Stream.of(SimPoLoss.Variant.values())
              .map(variant -> List.of("simpo.variant=" + setting(variant)));
      default -> Stream.of(List.of());
    };
  }

  private static String setting(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * What was run.
   *
   * @param run one update
   * @param expected the positions that it was to learn at
   */
  private record Learnt(ToyRun<?> run, Set<Integer> expected) {}

  @ParameterizedTest
  @MethodSource("recipes")
  void exactlyTheAssistantsTokensOfAConversationAreLearnt(RecipeName recipe, List<String> variant) {
    Learnt learnt =
        switch (recipe) {
          case SFT ->
              learnsFrom(
                  List.of(Map.of("messages", messages(joined(TURNS, GOOD)))),
                  List.of(
                      WRITTEN.replace("Yes.<|im_end|>", "⟦Yes.<|im_end|>⟧") + answer(BOTH_LEARNT)),
                  recipe,
                  variant);
          case DPO ->
              learnsFrom(
                  List.of(pair()),
                  BOTH_LEARNT,
                  recipe,
                  joined(variant, List.of("reference.path=" + reference)));
          case ORPO, SIMPO -> learnsFrom(List.of(pair()), BOTH_LEARNT, recipe, variant);
          case KTO ->
              learnsFrom(
                  List.of(verdict(GOOD, true), verdict(BAD, false)),
                  BOTH_LEARNT,
                  recipe,
                  List.of("kto.desirable-weight=1.5")); // what both hold must not cancel
          case REWARD_MODEL -> scores(List.of(pair()), BOTH_SCORED, recipe, variant);
          case REWARD_REGRESSION ->
              scores(
                  List.of(rating(GOOD, 3), rating(BAD, 1)),
                  BOTH_SCORED,
                  recipe,
                  List.of("reward-regression.attributes=quality"));
          case PROCESS_REWARD ->
              scores(
                  List.of(steps()), List.of(WRITTEN + "First⟦\n⟧then\nlast⟦\n⟧"), recipe, variant);
          case PPO, GRPO, RLOO, REINFORCE_PLUS_PLUS, REJECTION_SAMPLING, ONLINE_DPO ->
              learnsFromItsOwn(recipe);
          case AWR -> learnsFromTheLog();
        };
    assertThat(changed(learnt.run())).isEqualTo(learnt.expected());
  }

  // --- data ---

  private static List<Map<String, String>> messages(List<ChatTurn> turns) {
    return turns.stream()
        .map(turn -> Map.of("role", turn.role(), "content", turn.content()))
        .toList();
  }

  private static <T> List<T> joined(List<T> first, List<T> second) {
    return Stream.concat(first.stream(), second.stream()).toList();
  }

  private static String answer(List<String> texts) {
    return texts.get(0).substring(WRITTEN.length());
  }

  private static Map<String, ?> pair() {
    return Map.of("prompt", messages(TURNS), "chosen", messages(GOOD), "rejected", messages(BAD));
  }

  private static Map<String, ?> verdict(List<ChatTurn> answer, boolean good) {
    return Map.of(
        "parley",
        "verdict",
        "prompt",
        messages(TURNS),
        "answer",
        messages(answer),
        "desirable",
        good);
  }

  private static Map<String, ?> rating(List<ChatTurn> answer, int score) {
    return Map.of(
        "parley",
        "rating",
        "prompt",
        messages(TURNS),
        "answer",
        messages(answer),
        "scores",
        Map.of("quality", score));
  }

  /** The second step has no label. */
  private static Map<String, ?> steps() {
    return Map.of(
        "parley",
        "solution",
        "prompt",
        messages(TURNS),
        "steps",
        List.of("First", "then", "last"),
        "labels",
        Arrays.asList(1, null, 0));
  }

  // --- one update ---

  private ToyRun<?> run(RecipeName recipe, List<String> settings) {
    String group =
        switch (recipe) {
          case REINFORCE_PLUS_PLUS -> "reinforce";
          case REJECTION_SAMPLING -> "rejection";
          default -> recipe.text();
        };
    List<String> all = new ArrayList<>();
    all.add("run.id=" + group + "-" + UUID.randomUUID());
    all.add("model.path=" + model);
    all.add("checkpoint.every=0");
    settings.forEach(setting -> all.add(setting.replace("GROUP", group)));
    return new ToyRun<>(RecipeCatalogue.of(recipe), directory.resolve("run"), all);
  }

  private ToyRun<?> over(List<Map<String, ?>> rows, RecipeName recipe, List<String> settings) {
    Path file = ToyFiles.write(directory.resolve("rows.jsonl"), rows);
    List<String> all = new ArrayList<>(List.of("data.files=" + file, "data.held-out=0"));
    all.add("GROUP.batch-size=" + rows.size());
    all.addAll(settings);
    return run(recipe, all);
  }

  private Learnt learnsFrom(
      List<Map<String, ?>> rows, List<String> texts, RecipeName recipe, List<String> settings) {
    return after(over(rows, recipe, settings), predictors(texts));
  }

  private Learnt scores(
      List<Map<String, ?>> rows, List<String> texts, RecipeName recipe, List<String> settings) {
    return after(over(rows, recipe, settings), marked(texts));
  }

  private static Learnt after(ToyRun<?> run, Set<Integer> expected) {
    run.run();
    return new Learnt(run, expected);
  }

  private Learnt learnsFromItsOwn(RecipeName recipe) {
    Path prompts =
        ToyFiles.write(
            directory.resolve("prompts.jsonl"), List.of(Map.of("prompt", messages(TURNS))));
    ToyRun<?> run =
        run(
            recipe,
            List.of(
                "run.kafka=" + broker.bootstrapServers(),
                "prompts.files=" + prompts,
                "prompts.per-update=1",
                "prompts.samples=4",
                "sampling.max-new-tokens=" + DRAWN,
                "sampling.min-new-tokens=" + DRAWN,
                "GROUP.updates=1",
                "GROUP.epochs=1",
                "GROUP.rollout-timeout=60"));
    ToolUser behaviour = new ToolUser();
    ToyPolicy policy = new ToyPolicy(broker, run.config().run().id(), model, behaviour);
    try (policy) {
      run.run();
    }
    assertThat(behaviour.prompts).containsExactly(WRITTEN);
    return new Learnt(run, predictors(DRAWN_LEARNT));
  }

  /** A policy that did not choose one of its tokens. */
  private static final class ToolUser implements ToyPolicy.Behaviour {

    private final List<String> prompts = new ArrayList<>();

    @Override
    public double score(int[] answer) {
      return Arrays.stream(answer).average().orElseThrow() / 100;
    }

    @Override
    public Rollout sent(Rollout rollout) {
      try (Tokenizer tokenizer = Tokenizer.open(model)) {
        int[] prompt =
            rollout.getPromptTokenIdsList().stream().mapToInt(Integer::intValue).toArray();
        prompts.add(tokenizer.decode(prompt, false));
      }
      Rollout.Builder sent = rollout.toBuilder();
      sent.getCompletionsBuilderList().forEach(answer -> answer.setActionMask(NOT_CHOSEN, false));
      return sent.build();
    }
  }

  private Learnt learnsFromTheLog() {
    String logged = "logged-" + UUID.randomUUID();
    Rollout.Builder rollout =
        ToyRollouts.rollout(logged, 1, "p").toBuilder().clearPromptTokenIds().clearCompletions();
    try (TemplateEncoder encoder = TemplateEncoder.open(model)) {
      Arrays.stream(encoder.prompt(TURNS)).forEach(rollout::addPromptTokenIds);
    }
    for (int i = 0; i < 2; i++) {
      rollout.addCompletions(drawn(i));
    }
    broker.send(Topics.ROLLOUTS, logged + "/p", rollout.build().toByteArray());
    ToyRun<?> run =
        run(
            RecipeName.AWR,
            List.of(
                "run.kafka=" + broker.bootstrapServers(),
                "rollouts.run=" + logged,
                "rollouts.held-out=0",
                "awr.batch-size=2"));
    return after(run, predictors(DRAWN_LEARNT));
  }

  private static Completion drawn(int index) {
    Completion.Builder answer =
        ToyRollouts.completion(index).toBuilder()
            .clearTokenIds()
            .clearActionMask()
            .clearSamplingLogProbs()
            .clearModelLogProbs()
            .clearReferenceLogProbs();
    for (int t = 0; t < DRAWN; t++) {
      answer
          .addTokenIds('a' + DRAWN * index + t)
          .addActionMask(t != NOT_CHOSEN)
          .addSamplingLogProbs(-1)
          .addModelLogProbs(-1)
          .addReferenceLogProbs(-1);
    }
    return answer.build();
  }

  // --- what has changed, and what was to change ---

  /** Returns the positions whose weights are no longer those of the start. */
  private static Set<Integer> changed(ToyRun<?> run) {
    float[][] before = ToyModels.positions(model);
    float[][] after = ToyModels.positions(run.directory().model());
    Set<Integer> changed = new TreeSet<>();
    for (int position = 0; position < before.length; position++) {
      if (!Arrays.equals(before[position], after[position])) {
        changed.add(position);
      }
    }
    return changed;
  }

  /** Returns the positions that say what comes at those marked: each is the one before. */
  private static Set<Integer> predictors(List<String> texts) {
    Set<Integer> predictors = new TreeSet<>();
    marked(texts).forEach(position -> predictors.add(position - 1));
    return predictors;
  }

  /** Returns the positions of marked tokens: letters, and the template's two. */
  private static Set<Integer> marked(List<String> texts) {
    Set<Integer> marked = new TreeSet<>();
    for (String text : texts) {
      Matcher tokens = Pattern.compile("<\\|im_(start|end)\\|>|.", Pattern.DOTALL).matcher(text);
      boolean inside = false;
      for (int position = 0; tokens.find(); ) {
        switch (tokens.group()) {
          case "⟦" -> inside = true;
          case "⟧" -> inside = false;
          default -> {
            if (inside) {
              marked.add(position);
            }
            position++;
          }
        }
      }
    }
    return marked;
  }
}

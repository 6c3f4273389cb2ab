package dev.parley.cli.scoring;

import dev.parley.cli.Failure;
import dev.parley.data.ChatTurn;
import dev.parley.data.Demonstration;
import dev.parley.data.Example;
import dev.parley.data.Preference;
import dev.parley.data.PromptRow;
import dev.parley.data.Ranking;
import dev.parley.data.Rating;
import dev.parley.data.Solution;
import dev.parley.data.Verdict;
import dev.parley.data.file.Row;
import dev.parley.proto.conversation.v1.Conversation;
import dev.parley.proto.conversation.v1.Message;
import dev.parley.proto.reward.v1.ScoreItem;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Something to score.
 *
 * @param prompt the turns that were answered
 * @param turns the answer
 * @param side which answer of a pair it is
 * @param referenceAnswer what a verifier compares it with
 * @param metadata free fields that scorers may read
 */
record Answer(
    List<ChatTurn> prompt,
    List<ChatTurn> turns,
    Side side,
    Optional<String> referenceAnswer,
    Map<String, String> metadata) {

  /** The field in which {@code parley generate} writes an answer beside its prompt. */
  static final String RESPONSE = "response";

  /** What is put between the steps of a solution: any reward model for steps finds them so. */
  private static final String STEPS = "\n\n";

  /** Which answer of a pair. */
  enum Side {
    /** It stands alone. */
    NONE,
    /** The better one. */
    CHOSEN,
    /** The other one. */
    REJECTED
  }

  Answer {
    prompt = List.copyOf(prompt);
    turns = List.copyOf(turns);
    metadata = Map.copyOf(metadata);
  }

  /** An answer of one turn to a question. */
  static Answer of(String prompt, String response) {
    return alone(List.of(ChatTurn.user(prompt)), response);
  }

  private static Answer alone(List<ChatTurn> prompt, String response) {
    return new Answer(
        prompt, List.of(ChatTurn.assistant(response)), Side.NONE, Optional.empty(), Map.of());
  }

  /**
   * The answers of a row: one of a demonstration, a rating, a solution or a generated answer, both
   * of a pair, chosen first, all of a ranking.
   *
   * @throws Failure if the row has none
   */
  static List<Answer> of(Row<Example> row) {
    if (row.example() instanceof Demonstration demonstration) {
      return List.of(alone(demonstration.prompt(), demonstration.answer()));
    }
    if (row.example() instanceof Preference pair) {
      return List.of(
          ofPair(pair, pair.chosen(), Side.CHOSEN), ofPair(pair, pair.rejected(), Side.REJECTED));
    }
    if (row.example() instanceof Ranking ranking) {
      return ranking.answers().stream()
          .map(
              answer -> new Answer(ranking.prompt(), answer, Side.NONE, Optional.empty(), Map.of()))
          .toList();
    }
    if (row.example() instanceof Rating rating) {
      return List.of(
          new Answer(rating.prompt(), rating.answer(), Side.NONE, Optional.empty(), Map.of()));
    }
    if (row.example() instanceof Verdict verdict) {
      return List.of(
          new Answer(verdict.prompt(), verdict.answer(), Side.NONE, Optional.empty(), Map.of()));
    }
    if (row.example() instanceof Solution solution) {
      return List.of(alone(solution.prompt(), solution.answer(STEPS)));
    }
    PromptRow prompt = row.example().asPrompt();
    String response = prompt.metadata().get(RESPONSE);
    if (response == null) {
      throw new Failure(
          "%s: the row is a prompt without an answer; expected a field \"%s\", a demonstration or a pair"
              .formatted(row.place(), RESPONSE),
          "parley generate MODEL --input FILE answers prompts; what it writes can be scored.");
    }
    Map<String, String> metadata = new TreeMap<>(prompt.metadata());
    metadata.remove(RESPONSE);
    return List.of(
        new Answer(
            prompt.prompt(),
            List.of(ChatTurn.assistant(response)),
            Side.NONE,
            prompt.referenceAnswer(),
            metadata));
  }

  private static Answer ofPair(Preference pair, List<ChatTurn> turns, Side side) {
    return new Answer(pair.prompt(), turns, side, Optional.empty(), Map.of());
  }

  /** What a reward service is asked. */
  ScoreItem item(String id) {
    Conversation.Builder conversation = Conversation.newBuilder();
    prompt.forEach(turn -> conversation.addMessages(message(turn)));
    turns.forEach(turn -> conversation.addMessages(message(turn)));
    ScoreItem.Builder item =
        ScoreItem.newBuilder().setItemId(id).setConversation(conversation).putAllMetadata(metadata);
    referenceAnswer.ifPresent(item::setReferenceAnswer);
    return item.build();
  }

  private static Message message(ChatTurn turn) {
    return Message.newBuilder().setRole(turn.role()).setContent(turn.content()).build();
  }
}

package dev.parley.policy.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.parley.model.generation.FinishReason;
import dev.parley.model.text.Tokenizer;
import dev.parley.policy.generation.DrawnToken;
import dev.parley.policy.generation.TokenScores;
import dev.parley.policy.serving.ServedVersion;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Writes one request's answers in OpenAI's form. For one thread at a time. */
final class AnswerWriter {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final ApiRequest request;
  private final boolean chat;
  private final String model;
  private final long created;
  private final String id;
  private final Optional<Tokenizer> tokenizer;
  private final TokenNames names;
  private final Map<Integer, TextOffsets> streamOffsets = new HashMap<>();

  /**
   * Prepares.
   *
   * @param model what clients call it
   * @param created seconds since 1970
   */
  AnswerWriter(ApiRequest request, String model, long created, Optional<Tokenizer> tokenizer) {
    this.request = request;
    this.chat = request.endpoint() == Endpoint.CHAT;
    this.model = model;
    this.created = created;
    this.id = request.endpoint().idPrefix() + UUID.randomUUID().toString().replace("-", "");
    this.tokenizer = tokenizer;
    this.names = new TokenNames(tokenizer);
  }

  /** Returns the name of weights: their number and the beginning of their checksum. */
  static String fingerprint(ServedVersion version) {
    return "v" + version.number() + "-" + version.checksum().substring(0, 16);
  }

  // ---- whole answers ---------------------------------------------------------------------------

  /** Returns the answer to a request that is not streamed. */
  ObjectNode whole(List<Choice> choices) {
    ObjectNode body = envelopeOf(choices);
    ArrayNode written = body.putArray("choices");
    choices.forEach(choice -> written.add(whole(choice)));
    body.set("usage", usage(choices));
    return body;
  }

  /**
   * Returns the answer that holds the best answers alone, each with its score. The usage is that of
   * all that were drawn.
   *
   * @param drawn all answers
   * @param best those that are returned, in order
   */
  ObjectNode best(List<Choice> drawn, List<BestOf.Kept> best) {
    ObjectNode body = envelopeOf(drawn);
    ArrayNode written = body.putArray("choices");
    for (int i = 0; i < best.size(); i++) {
      BestOf.Kept kept = best.get(i);
      written.add(whole(drawn.get(kept.index())).put("index", i).put("score", kept.score()));
    }
    body.set("usage", usage(drawn));
    return body;
  }

  private ObjectNode envelopeOf(List<Choice> choices) {
    ServedVersion newest =
        choices.stream()
            .map(Choice::version)
            .max(Comparator.comparingLong(ServedVersion::number))
            .orElseThrow();
    return envelope(request.endpoint().object(), newest);
  }

  private ObjectNode envelope(String object, ServedVersion version) {
    return JSON.objectNode()
        .put("id", id)
        .put("object", object)
        .put("created", created)
        .put("model", model)
        .put("system_fingerprint", fingerprint(version));
  }

  private ObjectNode whole(Choice choice) {
    ObjectNode node = JSON.objectNode().put("index", choice.index());
    if (chat) {
      node.putObject("message")
          .put("role", "assistant")
          .put("content", choice.text())
          .putNull("refusal");
    } else {
      node.put("text", choice.text());
    }
    node.set("logprobs", request.logProbs().isPresent() ? logProbs(choice) : JSON.nullNode());
    return node.put("finish_reason", reason(choice.sample().finish()));
  }

  private static String reason(FinishReason reason) {
    return reason == FinishReason.LENGTH ? "length" : "stop";
  }

  private static ObjectNode usage(List<Choice> choices) {
    // A prompt is read once, whatever the number of answers to it.
    long prompt =
        choices.stream()
            .filter(choice -> choice.sample().index() == 0)
            .mapToLong(choice -> choice.prompt().length)
            .sum();
    long completion = choices.stream().mapToLong(choice -> choice.sample().tokens().length).sum();
    return JSON.objectNode()
        .put("prompt_tokens", prompt)
        .put("completion_tokens", completion)
        .put("total_tokens", prompt + completion);
  }

  // ---- log-probabilities -----------------------------------------------------------------------

  /** One place in a text: what is there and, unless it is the first, how likely that was. */
  private record Place(int token, Float logProb, int[] topTokens, float[] topLogProbs) {

    static Place drawn(int token, float logProb) {
      return new Place(token, logProb, new int[0], new float[0]);
    }
  }

  private ObjectNode logProbs(Choice choice) {
    List<Place> places = places(choice);
    return chat ? chatLogProbs(places) : completionLogProbs(places, offsets(choice));
  }

  private static List<Place> places(Choice choice) {
    int[] tokens = choice.tokens();
    List<Place> places = new ArrayList<>();
    for (int i = 0; i < tokens.length; i++) {
      // Nothing comes before an echoed prompt's first token that could predict it.
      int scored = choice.echo().isPresent() ? i - 1 : i;
      if (scored < 0) {
        places.add(new Place(tokens[i], null, new int[0], new float[0]));
      } else if (choice.scores().isPresent()) {
        TokenScores scores = choice.scores().get();
        places.add(
            new Place(
                tokens[i],
                scores.logProbs()[scored],
                scores.topTokens()[scored],
                scores.topLogProbs()[scored]));
      } else {
        places.add(Place.drawn(tokens[i], choice.sample().modelLogProbs()[i]));
      }
    }
    return places;
  }

  private List<Integer> offsets(Choice choice) {
    List<Integer> offsets = new ArrayList<>();
    if (choice.echo().isPresent()) {
      TextOffsets ofPrompt = new TextOffsets(tokenizer, 0, false);
      for (int token : choice.prompt()) {
        offsets.add(ofPrompt.next(token));
      }
    }
    int first = TextOffsets.length(choice.echo().orElse(""));
    TextOffsets ofAnswer = new TextOffsets(tokenizer, first, true);
    int end = TextOffsets.length(choice.text());
    for (int token : choice.sample().tokens()) {
      // The tokens of a stop string are there, its text is not.
      offsets.add(Math.min(end, ofAnswer.next(token)));
    }
    return offsets;
  }

  private ObjectNode chatLogProbs(List<Place> places) {
    ObjectNode node = JSON.objectNode();
    ArrayNode content = node.putArray("content");
    for (Place place : places) {
      ArrayNode top = named(place.token(), place.logProb(), content).putArray("top_logprobs");
      for (int k = 0; k < place.topTokens().length; k++) {
        named(place.topTokens()[k], place.topLogProbs()[k], top);
      }
    }
    return node.putNull("refusal");
  }

  private ObjectNode named(int token, float logProb, ArrayNode list) {
    ObjectNode node = list.addObject().put("token", names.of(token)).put("logprob", logProb);
    node.set("bytes", names.bytes(token));
    return node;
  }

  private ObjectNode completionLogProbs(List<Place> places, List<Integer> offsets) {
    ObjectNode node = JSON.objectNode();
    ArrayNode tokens = node.putArray("tokens");
    ArrayNode logProbs = node.putArray("token_logprobs");
    places.forEach(place -> tokens.add(names.of(place.token())));
    places.forEach(place -> logProbs.add(place.logProb()));
    if (request.logProbs().orElseThrow() == 0) {
      node.putNull("top_logprobs");
    } else {
      ArrayNode top = node.putArray("top_logprobs");
      places.forEach(place -> addAlternatives(place, top));
    }
    ArrayNode begins = node.putArray("text_offset");
    offsets.forEach(begins::add);
    return node;
  }

  /** Adds the most likely tokens by name, the one that is there among them. */
  private void addAlternatives(Place place, ArrayNode list) {
    if (place.logProb() == null) {
      list.addNull();
      return;
    }
    ObjectNode alternatives = list.addObject();
    for (int k = 0; k < place.topTokens().length; k++) {
      String name = names.of(place.topTokens()[k]);
      if (!alternatives.has(name)) {
        alternatives.put(name, place.topLogProbs()[k]);
      }
    }
    alternatives.put(names.of(place.token()), place.logProb());
  }

  // ---- streams ---------------------------------------------------------------------------------

  /**
   * Returns the events that a token makes: its text, and the answer's end.
   *
   * @param index of the answer among all answers to all prompts
   * @param echo the prompt's text, if it stands before the answer
   */
  List<ObjectNode> chunks(int index, Optional<String> echo, DrawnToken token) {
    List<ObjectNode> chunks = new ArrayList<>();
    boolean first = !streamOffsets.containsKey(index);
    TextOffsets offsets =
        streamOffsets.computeIfAbsent(
            index, unused -> new TextOffsets(tokenizer, TextOffsets.length(echo.orElse("")), true));
    int offset = offsets.next(token.token());
    if (first || !token.text().isEmpty() || request.logProbs().isPresent()) {
      ObjectNode choice = choice(index);
      if (chat) {
        ObjectNode delta = choice.putObject("delta");
        if (first) {
          delta.put("role", "assistant");
        }
        delta.put("content", token.text());
      } else {
        choice.put("text", (first ? echo.orElse("") : "") + token.text());
      }
      choice.set("logprobs", logProbs(token, offset));
      chunks.add(chunk(choice.putNull("finish_reason"), token.version()));
    }
    token.finish().ifPresent(reason -> chunks.add(chunk(ending(index, reason), token.version())));
    return chunks;
  }

  private static ObjectNode choice(int index) {
    return JSON.objectNode().put("index", index);
  }

  private JsonNode logProbs(DrawnToken token, int offset) {
    if (request.logProbs().isEmpty()) {
      return JSON.nullNode();
    }
    List<Place> place = List.of(Place.drawn(token.token(), token.modelLogProb()));
    return chat ? chatLogProbs(place) : completionLogProbs(place, List.of(offset));
  }

  private ObjectNode ending(int index, FinishReason reason) {
    ObjectNode choice = choice(index);
    if (chat) {
      choice.putObject("delta");
    } else {
      choice.put("text", "");
    }
    return choice.putNull("logprobs").put("finish_reason", reason(reason));
  }

  private ObjectNode chunk(ObjectNode choice, ServedVersion version) {
    ObjectNode chunk = envelope(request.endpoint().chunkObject(), version);
    chunk.putArray("choices").add(choice);
    return request.includeUsage() ? chunk.putNull("usage") : chunk;
  }

  /** Returns the last event of a stream whose client wants to know the number of its tokens. */
  ObjectNode usageChunk(List<Choice> choices) {
    ObjectNode chunk =
        envelope(request.endpoint().chunkObject(), choices.get(choices.size() - 1).version());
    chunk.putArray("choices");
    chunk.set("usage", usage(choices));
    return chunk;
  }
}

package dev.parley.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.model.text.ChatMessage;
import dev.parley.proto.conversation.v1.Conversation;
import dev.parley.proto.conversation.v1.Message;
import dev.parley.proto.conversation.v1.Tokens;
import dev.parley.proto.reward.v1.PromptResponse;
import dev.parley.proto.reward.v1.ScoreItem;
import dev.parley.proto.reward.v1.ScoreRequest;
import dev.parley.reward.scoring.Content;
import dev.parley.reward.scoring.Item;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ScoreRequestsTest {

  private static final ScoreItem GOOD =
      ScoreItem.newBuilder()
          .setItemId("a")
          .setTexts(PromptResponse.newBuilder().setPrompt("p").setResponse("r"))
          .setReferenceAnswer("42")
          .putMetadata("topic", "sums")
          .build();

  private static List<Item> items(ScoreItem... items) {
    return ScoreRequests.items(ScoreRequest.newBuilder().addAllItems(List.of(items)).build());
  }

  private static void refused(ScoreItem.Builder second, String message) {
    assertThatThrownBy(() -> items(GOOD, second.build()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void everythingThatComesWithAnItemArrives() {
    assertThat(items(GOOD))
        .containsExactly(new Item(new Content.Texts("p", "r"), "42", Map.of("topic", "sums")));
  }

  @Test
  void aConversationKeepsItsTurns() {
    ScoreItem item =
        ScoreItem.newBuilder()
            .setConversation(
                Conversation.newBuilder()
                    .addMessages(Message.newBuilder().setRole("user").setContent("q"))
                    .addMessages(Message.newBuilder().setRole("assistant")))
            .build();
    assertThat(items(item).get(0).content())
        .isEqualTo(
            new Content.Dialogue(
                List.of(new ChatMessage("user", "q"), new ChatMessage("assistant", ""))));
  }

  @Test
  void anIdMayNotComeTwice() {
    refused(GOOD.toBuilder(), "items[1].item_id is \"a\", and so is that of items[0]");
  }

  @Test
  void anItemNeedsContent() {
    refused(
        ScoreItem.newBuilder(), "items[1] has no content; expected conversation, texts or tokens");
  }

  @Test
  void aConversationNeedsTurns() {
    refused(
        ScoreItem.newBuilder().setConversation(Conversation.getDefaultInstance()),
        "items[1].conversation.messages is empty");
  }

  @Test
  void aTurnNeedsARole() {
    refused(
        ScoreItem.newBuilder()
            .setConversation(
                Conversation.newBuilder().addMessages(Message.newBuilder().setContent("q"))),
        "items[1].conversation.messages[0].role is empty, expected for example \"user\"");
  }

  @Test
  void tokensNeedTokens() {
    refused(
        ScoreItem.newBuilder().setTokens(Tokens.getDefaultInstance()),
        "items[1].tokens.token_ids is empty");
  }
}

package dev.parley.reward;

import dev.parley.model.text.ChatMessage;
import dev.parley.proto.conversation.v1.Conversation;
import dev.parley.proto.conversation.v1.Message;
import dev.parley.proto.reward.v1.ScoreItem;
import dev.parley.proto.reward.v1.ScoreRequest;
import dev.parley.reward.scoring.Content;
import dev.parley.reward.scoring.Item;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Checks what a request asks for. */
final class ScoreRequests {

  private ScoreRequests() {}

  /**
   * Returns the items of a request.
   *
   * @throws IllegalArgumentException naming the item and the field that cannot be used
   */
  static List<Item> items(ScoreRequest request) {
    Map<String, Integer> places = new HashMap<>();
    List<Item> items = new ArrayList<>();
    for (int i = 0; i < request.getItemsCount(); i++) {
      ScoreItem item = request.getItems(i);
      Integer before = places.putIfAbsent(item.getItemId(), i);
      require(
          before == null,
          i,
          ".item_id is \"" + item.getItemId() + "\", and so is that of items[" + before + "]");
      items.add(new Item(content(i, item), item.getReferenceAnswer(), item.getMetadataMap()));
    }
    return items;
  }

  private static Content content(int index, ScoreItem item) {
    return switch (item.getContentCase()) {
      case CONVERSATION -> conversation(index, item.getConversation());
      case TEXTS -> new Content.Texts(item.getTexts().getPrompt(), item.getTexts().getResponse());
      case TOKENS -> {
        List<Integer> ids = item.getTokens().getTokenIdsList();
        require(!ids.isEmpty(), index, ".tokens.token_ids is empty");
        yield new Content.Tokens(ids.stream().mapToInt(Integer::intValue).toArray());
      }
      case CONTENT_NOT_SET ->
          throw new IllegalArgumentException(
              "items[" + index + "] has no content; expected conversation, texts or tokens");
    };
  }

  private static Content conversation(int index, Conversation conversation) {
    require(conversation.getMessagesCount() > 0, index, ".conversation.messages is empty");
    List<ChatMessage> messages = new ArrayList<>();
    for (int m = 0; m < conversation.getMessagesCount(); m++) {
      Message message = conversation.getMessages(m);
      require(
          !message.getRole().isBlank(),
          index,
          ".conversation.messages[" + m + "].role is empty, expected for example \"user\"");
      messages.add(new ChatMessage(message.getRole(), message.getContent()));
    }
    return new Content.Dialogue(messages);
  }

  private static void require(boolean holds, int index, String problem) {
    if (!holds) {
      throw new IllegalArgumentException("items[" + index + "]" + problem);
    }
  }
}

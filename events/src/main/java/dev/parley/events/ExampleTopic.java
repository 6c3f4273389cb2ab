package dev.parley.events;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.parley.data.Demonstration;
import dev.parley.data.Example;
import dev.parley.proto.Topics;
import java.util.Arrays;
import java.util.List;

/** The topics whose events are rows of a dataset, as users name them: {@code topic:preferences}. */
public enum ExampleTopic {

  /** Pairs of answers with a verdict. */
  PREFERENCES(Topics.PREFERENCES) {
    @Override
    Event read(byte[] value) throws InvalidProtocolBufferException {
      var event = dev.parley.proto.preference.v1.Preference.parseFrom(value);
      return new Event(event.getPreferenceId(), PreferenceEvent.read(event));
    }
  },

  /** Conversations worth imitating. */
  DEMONSTRATIONS(Topics.DEMONSTRATIONS) {
    @Override
    Event read(byte[] value) throws InvalidProtocolBufferException {
      var event = dev.parley.proto.demonstration.v1.Demonstration.parseFrom(value);
      return new Event(
          event.getDemonstrationId(),
          new Demonstration(PreferenceEvent.turns(event.getConversation()), event.getSource()));
    }
  };

  /** What a name begins with that means a topic and no file. */
  public static final String SCHEME = "topic:";

  private final String topic;

  ExampleTopic(String topic) {
    this.topic = topic;
  }

  /**
   * What an event says.
   *
   * @param id its own, the same if it is sent twice
   * @param example the row
   */
  record Event(String id, Example example) {}

  /**
   * Reads an event.
   *
   * @throws InvalidProtocolBufferException if the bytes are no such message
   * @throws dev.parley.data.InvalidExampleException if the message makes no example
   */
  abstract Event read(byte[] value) throws InvalidProtocolBufferException;

  /** The topic's name at the broker. */
  public String topic() {
    return topic;
  }

  /** Whether a user's word means a topic rather than a file. */
  public static boolean isTopic(String written) {
    return written.startsWith(SCHEME);
  }

  /**
   * The topic of a user's word.
   *
   * @throws IllegalArgumentException if there is no such topic of examples
   */
  public static ExampleTopic named(String written) {
    return Arrays.stream(values())
        .filter(one -> written.equals(one.toString()))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "\"%s\" is no topic that rows are read from; expected one of %s"
                        .formatted(written, List.of(values()))));
  }

  /** As users write it. */
  @Override
  public String toString() {
    return SCHEME + topic;
  }
}

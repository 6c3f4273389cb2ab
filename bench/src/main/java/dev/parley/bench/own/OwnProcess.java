package dev.parley.bench.own;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.parley.model.torchscript.NativeThreads;

/** A process that does one {@link Work} and prints its figures as one JSON line. */
public final class OwnProcess {

  private OwnProcess() {}

  /**
   * Does the work.
   *
   * @param arguments the class of the work, the work as JSON, and how many threads tensors have
   */
  public static void main(String[] arguments)
      throws ClassNotFoundException, JsonProcessingException {
    ObjectMapper mapper = new ObjectMapper();
    Class<? extends Work<?>> type = type(arguments[0]);
    NativeThreads.set(Integer.parseInt(arguments[2]));
    Object figures = mapper.readValue(arguments[1], type).run();
    System.out.println(mapper.writeValueAsString(figures));
  }

  @SuppressWarnings("unchecked") // The cast to Work is checked; what it returns is only printed.
  private static Class<? extends Work<?>> type(String name) throws ClassNotFoundException {
    return (Class<? extends Work<?>>) Class.forName(name).asSubclass(Work.class);
  }
}

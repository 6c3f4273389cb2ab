package dev.parley.model.torchscript;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A TorchScript program: methods over tensors, written in the serialized TorchScript dialect and
 * kept as a resource beside the Java class that calls it.
 *
 * <p>The resource holds methods only ({@code def name(self: __torch__.K, …)}, indented by two
 * spaces); the class around them is added here. A program has no state, so one instance may be
 * called from many threads.
 */
public final class Program {

  private final String name;
  private final PtSymbolBlock block;

  private Program(String name, PtSymbolBlock block) {
    this.name = name;
    this.block = block;
  }

  /**
   * Loads the program that lies beside a class.
   *
   * @param owner the class that calls the program
   * @param resource the resource's name, relative to the class ({@code "decoder.torchscript"})
   * @param others resources with further methods of the same program
   * @return the compiled program, which lives as long as the process
   * @throws IllegalStateException if the resource is missing or does not compile; the message holds
   *     the compiler's words
   */
  public static Program load(Class<?> owner, String resource, String... others) {
    StringBuilder methods = new StringBuilder(methods(owner, resource));
    for (String other : others) {
      methods.append('\n').append(methods(owner, other));
    }
    // The program owns no tensors: it may live in the manager that is never closed.
    PtNDManager manager = (PtNDManager) Libtorch.manager(Device.cpu()).newSubManager();
    try {
      InputStream archive = new ByteArrayInputStream(ProgramArchive.pack(methods.toString()));
      return new Program(resource, JniUtils.loadModule(manager, archive, false, false));
    } catch (IOException | EngineException e) {
      manager.close();
      throw new IllegalStateException("program " + resource + " does not compile: " + e, e);
    }
  }

  private static String methods(Class<?> owner, String resource) {
    try (InputStream stream = owner.getResourceAsStream(resource)) {
      if (stream == null) {
        throw new IllegalStateException(
            "program " + resource + " is not on the class path beside " + owner.getName());
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read program " + resource, e);
    }
  }

  /**
   * Calls a method without recording gradients (libtorch's inference mode). In-place updates of
   * ordinary tensors are allowed.
   *
   * @param scope owns the results
   * @param method the method's name
   * @param arguments {@link NDArray}, {@code List<NDArray>}, {@link Long}, {@link Integer}, {@link
   *     Double}, {@link Boolean}, {@code long[]} or {@code double[]}, in the order of the method's
   *     parameters
   * @return the tensors that the method returned, lists and tuples flattened; empty for None
   * @throws EngineException if libtorch refuses; the message holds the line of the program
   */
  public List<NDArray> run(NDManager scope, String method, Object... arguments) {
    interpret();
    IValue[] values = new IValue[arguments.length];
    try {
      for (int i = 0; i < arguments.length; i++) {
        values[i] = toValue(method, i, arguments[i]);
      }
      try (IValue result = IValueUtils.runMethod(block, method, values)) {
        if (!result.isTensor() && !result.isList() && !result.isTuple()) {
          return List.of();
        }
        return List.copyOf(result.toNDList((PtNDManager) scope));
      }
    } finally {
      for (IValue value : values) {
        if (value != null) {
          value.close();
        }
      }
    }
  }

  /**
   * Calls a method as ordinary code: unlike those of {@link #run}, its results may take part in
   * gradients.
   *
   * @param scope owns the results
   * @param method the method's name
   * @param arguments numbers travel in them. No array may be in two arguments
   * @return the tensors that the method returned, lists and tuples flattened
   * @throws EngineException if libtorch refuses; the message holds the line of the program
   */
  public List<NDArray> runRecorded(NDManager scope, String method, NDArray... arguments) {
    interpret();
    try (NDArray selector = scope.create(0)) {
      // DJL attaches the results to the manager of the first array, and reads the method's name and
      // a grouping into lists, of which there are none, from the arrays' names.
      selector.setName("module_method:" + method);
      NDList inputs = new NDList(selector);
      for (NDArray array : arguments) {
        array.setName(null);
        inputs.add(array);
      }
      return List.copyOf(IValueUtils.forward(block, inputs, true));
    }
  }

  /**
   * Has this thread interpret programs as they are written. The optimising executor specialises on
   * shapes, and ours change at every call. libtorch keeps this setting per thread.
   */
  private static void interpret() {
    JniUtils.setGraphExecutorOptimize(false);
  }

  private IValue toValue(String method, int position, Object argument) {
    if (argument instanceof NDArray array) {
      return IValue.from((PtNDArray) array);
    }
    if (argument instanceof Long number) {
      return IValue.from(number);
    }
    if (argument instanceof Integer number) {
      return IValue.from((long) number);
    }
    if (argument instanceof Double number) {
      return IValue.from(number);
    }
    if (argument instanceof Boolean flag) {
      return IValue.from(flag);
    }
    if (argument instanceof long[] numbers) {
      return IValue.listFrom(numbers);
    }
    if (argument instanceof double[] numbers) {
      return IValue.listFrom(numbers);
    }
    if (argument instanceof List<?> list) {
      List<PtNDArray> arrays = new ArrayList<>(list.size());
      list.forEach(element -> arrays.add((PtNDArray) element));
      return IValue.listFrom(arrays.toArray(PtNDArray[]::new));
    }
    throw new IllegalArgumentException(
        name
            + "."
            + method
            + ": argument "
            + position
            + " is "
            + (argument == null ? "null" : "a " + argument.getClass().getName())
            + ", expected a tensor, a list of tensors, a number, a flag, long[] or double[]");
  }

  @Override
  public String toString() {
    return name;
  }
}

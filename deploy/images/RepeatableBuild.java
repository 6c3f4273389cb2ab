import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.security.ProtectionDomain;
import java.util.List;
import jdk.internal.org.objectweb.asm.ClassReader;
import jdk.internal.org.objectweb.asm.ClassVisitor;
import jdk.internal.org.objectweb.asm.ClassWriter;
import jdk.internal.org.objectweb.asm.MethodVisitor;
import jdk.internal.org.objectweb.asm.Opcodes;

/**
 * Lets Quarkus write the same bytes each time: an agent of Maven's JVM, for the build of images.
 *
 * <p>Quarkus generates classes from what its build steps found, in the order in which it came. Four things change that
 * order, or the bytes, from one build to the next:
 *
 * <ul>
 *   <li>Steps run side by side, and who comes first is first. Here they run one after another, each as soon as
 *       the last one that it needs has run; tasks that a step waits for have a thread of their own.
 *   <li>{@code Set.of} and {@code Map.of} iterate in an order that each JVM draws. Here it is the same in all.
 *   <li>Hash maps order objects that have no hash of their own by a number that the JVM draws. {@code -XX:hashCode=2},
 *       beside this agent, gives all the same one: they stay in the order in which they came. (javac cannot compile
 *       then, and runs as a program of its own.)
 *   <li>Entries of jars have the time at which they were written. Here it is {@code SOURCE_DATE_EPOCH}.
 * </ul>
 *
 * <p>{@code deploy/images/test.sh --reproducible} shows that this is enough.
 */
public final class RepeatableBuild implements ClassFileTransformer {

  private static final String STEPS = "io/quarkus/builder/Execution";
  private static final String STEP = "io/quarkus/builder/BuildContext";
  private static final String SETS = "java/util/ImmutableCollections";
  private static final String JARS = "jdk/nio/zipfs/ZipFileSystem";

  /** The classes to change. */
  private static final List<String> CLASSES =
      List.of(STEPS, STEP, SETS + "$Set12", SETS + "$Set12$1", SETS + "$SetN$SetNIterator", SETS + "$MapN$MapNIterator",
          JARS + "$Entry", JARS + "$EntryOutputChannel");

  private final long milliseconds = 1000 * Long.parseLong(System.getenv("SOURCE_DATE_EPOCH"));

  /** The JVM calls it before Maven's main class. */
  public static void premain(String arguments, Instrumentation instrumentation) throws UnmodifiableClassException {
    instrumentation.addTransformer(new RepeatableBuild(), true);
    for (Class<?> loaded : instrumentation.getAllLoadedClasses()) {
      if (CLASSES.contains(loaded.getName().replace('.', '/'))) {
        instrumentation.retransformClasses(loaded);
      }
    }
  }

  @Override
  public byte[] transform(ClassLoader loader, String name, Class<?> before, ProtectionDomain domain, byte[] bytes) {
    if (name == null || !CLASSES.contains(name)) {
      return null;
    }
    ClassReader reader = new ClassReader(bytes);
    ClassWriter writer = new ClassWriter(reader, 0);
    Changes changes = new Changes(name, writer);
    reader.accept(changes, 0);
    if (!changes.any) {
      // The JVM would pass over an exception.
      System.err.println("RepeatableBuild.java finds nothing to change in " + name + "; it was written for another version");
      Runtime.getRuntime().halt(1);
    }
    return writer.toByteArray();
  }

  private final class Changes extends ClassVisitor {
    private final String changed;
    private boolean any;

    Changes(String changed, ClassVisitor writer) {
      super(Opcodes.ASM8, writer);
      this.changed = changed;
    }

    @Override
    public MethodVisitor visitMethod(int access, String name, String type, String signature, String[] exceptions) {
      return new MethodVisitor(Opcodes.ASM8, super.visitMethod(access, name, type, signature, exceptions)) {
        @Override
        public void visitFieldInsn(int opcode, String owner, String field, String fieldType) {
          if (field.equals("SALT32L")) {
            any = true;
            visitInsn(Opcodes.LCONST_0);
          } else if (field.equals("REVERSE")) {
            any = true;
            visitInsn(Opcodes.ICONST_0);
          } else {
            super.visitFieldInsn(opcode, owner, field, fieldType);
          }
        }

        @Override
        public void visitMethodInsn(int opcode, String owner, String called, String calledType, boolean ofInterface) {
          if (changed.equals(STEPS) && (called.equals("setCorePoolSize") || called.equals("setMaximumPoolSize"))) {
            any = true;
            visitInsn(Opcodes.POP);
            visitInsn(Opcodes.ICONST_1);
          } else if (changed.equals(STEP) && name.equals("depFinished") && called.equals("execute")) {
            // From here on the step that has become possible runs at once, within the one that it waited for.
            any = true;
            visitInsn(Opcodes.SWAP);
            visitInsn(Opcodes.POP);
            super.visitMethodInsn(Opcodes.INVOKEINTERFACE, "java/lang/Runnable", "run", "()V", true);
            return;
          } else if (changed.equals(STEP) && name.equals("getExecutor") && called.equals("getExecutor")) {
            any = true;
            visitInsn(Opcodes.POP);
            super.visitMethodInsn(Opcodes.INVOKESTATIC, "java/util/concurrent/Executors", "newSingleThreadExecutor",
                "()Ljava/util/concurrent/ExecutorService;", false);
            return;
          } else if (changed.startsWith(JARS) && called.equals("currentTimeMillis")) {
            any = true;
            visitLdcInsn(milliseconds);
            return;
          }
          super.visitMethodInsn(opcode, owner, called, calledType, ofInterface);
        }
      };
    }
  }
}

/* MKL asks this before it chooses its kernels. See Libtorch.java and docs/decisions/0050-mkl-on-amd.md. */
int mkl_serv_intel_cpu_true(void) { return 1; }

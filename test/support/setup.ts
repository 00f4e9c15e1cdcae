// Runs in each test process before anything is imported.

// TensorFlow tells about the machine on standard error, before each file's results.
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';

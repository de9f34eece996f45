//! Filter patterns and Insights queries of CloudWatch Logs: pure.

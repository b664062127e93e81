"""What relates constructs and items beside paths and loadings: products, dimensions, groups, sampling, model error."""

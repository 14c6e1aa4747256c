"""The shop's orders, products and articles, behind one interface (`shop.base.Shop`)."""

"""Products for people: one, or a page of them."""

from typing import TYPE_CHECKING

from mye_tiktok.cli.output import note, say, table

if TYPE_CHECKING:
    from mye_tiktok.domain.product import Product
    from mye_tiktok.tiktok.client import Page


def print_page(page: "Page") -> None:
    """Print a table of the products of a page, and how to get the next one."""
    from mye_tiktok.tiktok.product_parser import parse_product

    products = [parse_product(item) for item in page.items]
    table(
        ("PRODUCT", "STATUS", "SKUS", "STOCK", "TITLE"),
        [
            (
                product.product_id,
                product.status,
                len(product.skus),
                sum(stock.quantity for sku in product.skus for stock in sku.stock),
                product.title,
            )
            for product in products
        ],
        empty="the shop has no products",
    )
    if page.total is not None:
        note(f"{len(products)} of {page.total} products")
    if page.token:
        note(f"next page: --page-token '{page.token}'")


def print_product(product: "Product") -> None:
    """Print the head of a product and a table of its SKUs."""
    say(f"{product.product_id}  {product.title}")
    changed = f"{product.updated_at:%Y-%m-%d %H:%M:%S} UTC" if product.updated_at else "unknown"
    say(f"status {product.status or 'unknown'}, last change {changed}\n")
    table(
        ("SKU", "SELLER SKU", "VARIANT", "PRICE", "STOCK"),
        [
            (
                sku.sku_id,
                sku.seller_sku,
                ", ".join(f"{name}: {value}" for name, value in sku.attributes),
                f"{sku.price.amount} {sku.price.currency}" if sku.price else "",
                ", ".join(f"{stock.quantity} in {stock.warehouse_id}" for stock in sku.stock),
            )
            for sku in product.skus
        ],
        empty="no SKUs",
    )

"""`/api/pay`: beginning a payment, the bank's callback, and the documents of a contract."""
